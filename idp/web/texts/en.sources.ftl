# Texts of the pages by which other systems say who somebody is: choice, link, context, leaving.

## Choose how to get in
who-title = Who are you?
who-title-else = Otherwise, who are you?
who-family = Pupil or parent
who-agent = Staff: teacher, school staff, local authority
who-agriculture = Agricultural school
who-university = University
who-citizen = Citizen
who-local = I have a login for this space
choice-last = Last time on this device
choice-of-school = At your school
choice-of-service = For { $service }
login-local-title = With a login for this space
login-confirm-again = This service asks you to prove again that it is you.
login-confirm-again-service = { $service } asks you to prove again that it is you.
source-with = Sign in with { $source }
source-identify-with = Sign in with
source-what = What is { $source }?
source-anyway = Try all the same
source-down = { $source } is not answering at the moment.
source-down-since = { $source } has not answered since { $since }.
source-down-wait = Nothing is wrong on your side. Try again in a few minutes.
around-intro = Meanwhile, you can get in another way:
around-password = with your login and password for this space, if you have them
around-code = with your login and the activation code that you received on paper
around-school = with a code from the front desk or the office of your school
way-elsewhere = Choose another way to sign in

## Look for a school
school-other = Is this not your school?
school-search-link = Look for my school
school-search-title = Look for my school
school-search-label = Name, town or number (UAI)
school-search-hint = For example: Bellevue, Albi or 0311234Y.
school-search-short = Type at least two letters.
school-search-none = No school matches “{ $query }”.
school-search-advice = Check the spelling, or type the town alone.
school-search-found = { $count ->
        [one] One school matches.
       *[other] { $count } schools match.
    }
school-search-more = These are the first { $count }, and there are others. Type a little more, for example the town.
school-search-back = Back to signing in

## A stronger login
stronger-title = { $service } asks for a safer way to sign in
stronger-title-unnamed = This service asks for a safer way to sign in
stronger-text = This service protects sensitive information: it takes a safer way to sign in than usual.
stronger-sources = Ways that are safe enough
stronger-none = No way that is safe enough is open here for now. Ask the digital contact of your school.
stronger-cancel = Back to home without opening it
stronger-why-title = Why?
stronger-why-text = A password can be guessed or stolen. For this service, it is checked once more that it is really you, for example with your phone.

## The school's own password
directory-title = Sign in – { $owner }
directory-which = Type the login and password that you use on the school's computers. They are not those of this space.
directory-username = School login
directory-password = School password
directory-lost-title = Lost your password?
directory-lost-text = This password belongs to the school ({ $owner }): only the school can give you another. Ask the front desk or the digital contact.
problem-directory-wrong = { $owner } does not recognise this login or this password. Check the capital letters, and that it is not your password for this space.
problem-directory-silent = { $owner } is not answering: your password may well be right. Wait a minute, then try again, or choose another way to sign in.

## Nobody is recognised
unknown-nobody-title = We do not recognise you yet
unknown-nobody-text = { $source } did say who you are, but that was not enough to recognise you here. This is common at the start of the year, or after a change of school.
unknown-several-title = We are not sure who you are
unknown-several-text = { $source } did say who you are, but what we were told could mean more than one person. So as never to open somebody else's account, we open none.
unknown-scope-title = { $source } is not enough to get in here
unknown-scope-text = { $source } did say who you are, but this way of signing in is not meant for your school or your profile.
unknown-link-title = Do you have an activation code or a password for this space?
unknown-link-text = Type it just once: your { $source } account will be linked, and you will not need it any more.
unknown-login = Login for this space
unknown-password = Password for this space, or activation code
unknown-link-submit = Link my account
unknown-ask-title = You have neither?
unknown-ask-title-only = What to do?
unknown-ask-text = Ask for an activation code at the front desk, the office or the digital contact of your school.
unknown-bring-intro = Parents, take these to your child's school:
unknown-bring-identity = your identity card or passport
unknown-bring-child = the family name, first name and class of your child
unknown-bring-page = a photo of this page, with the reference written at the bottom
unknown-other-title = Try another way

## Linked accounts
linked-title = Your { $source } account is now linked
linked-account-of = to this account:
linked-text = Next time, sign in straight away with { $source }.
linked-why = Why this account?
linked-changes = What has changed
linked-password-gone = Your former password for this space no longer works.
linked-code-gone = Your activation code no longer works: you can throw the paper away.
linked-sessions-closed = Sessions that were open on other devices have been closed.
linked-may-choose = You want a password for this space all the same? Choose one in “My account”.
linked-continue = Continue
linked-doubt-title = Is this not your account?
linked-doubt-text = Do not go on. Sign out, then tell the digital contact or the office of your school straight away, with the reference below.
linked-by-feed-key = { $source } gave us your number in the records that schools share.
linked-by-child = { $source } gave us your name and your child's pupil number: the school has the same ones.
linked-by-pupil = { $source } gave us your pupil number: the school has the same one.
linked-by-key = { $source } gave us your number in the school's directory.
linked-by-ine = { $source } gave us your national pupil number (INE).
linked-by-mail = { $source } gave us your work e-mail address: the directory has the same one.
linked-by-pivot = { $source } gave us your civil identity (names, first names, date and place of birth): the directory has the same one.
linked-by-code = You typed your activation code.
linked-by-password = You typed your password for this space.
linked-by-session = You were already in this account when you linked the other one.
linked-by-creation = This account was made the first time you signed in, from what { $source } told us about you.
linked-by-administrator = An administrator linked the two accounts.
unlink-title = No longer sign in with { $source }?
unlink-text = Your { $source } account will no longer be linked to this one, and sessions opened by it will be closed. To link it again, you will have to go through the same steps.
unlink-remains = You will still get in with:
unlink-password = your password for this space
unlink-confirm = Remove it
unlink-cancel = Keep it

## For whom, where
context-service = To open { $service }.
context-closing = Services opened for your former choice will be closed:
context-later = You can change at any time from the home page, without signing in again.
context-closes = When you change, services opened for the former choice are closed, and those that cannot be are named.
context-open-title = Your choice has changed
context-open-lead = Some services that were opened for your former choice cannot be closed from here.
context-open-list = Sign out of these services yourself, or close the browser:
context-open-closed = These services were closed:
context-why-child = You are responsible for this pupil. According to: { $source }.
context-why-school = Your profile here: { $profile }. According to: { $source }.
context-both-title = For whom, or in which school?
context-both-all = All my children and all my schools
context-both-note = Only services of the chosen child or school are shown.
context-school-title = In which school?
context-school-all = All my schools
context-school-note = Only services of the chosen school are shown.

## Leaving the source as well
signed-out-title-almost = Almost signed out
signed-out-almost = You have left this space. One thing is still to be done.
signed-out-source-done = You are signed out of { $source } too.
signed-out-source-still = You are still signed in to { $source }
signed-out-source-risk = On a shared computer, the next person could get in with your account.
signed-out-source-continue = Continue to { $source } to sign out there
signed-out-source-leave = Leave { $source }
signed-out-source-close = To get out of it, close all windows of the browser.

## Account: ways to sign in
account-links = My ways to sign in
account-links-text = With these accounts you get in here without another password.
account-links-none = No other account is linked to this one.
account-link-since = Linked on { $date }
account-link-last = Last used on { $date }
account-link-why = Why is it linked?
account-link-remove = Remove
account-link-remove-which = Remove { $source } from my ways to sign in
account-link-kept = This is your only way in: it cannot be removed.
account-link-another = Link another account
account-link-another-text = You will go and sign in there, then come back here.
account-linked = Done: this account is linked.
account-unlinked = Done: this way to sign in has been removed.
account-password-none = You have no password for this space.
account-password-choose = Choose a password
password-first-title = Choose a password
password-first-text = It will help you when your usual way to sign in does not answer.
password-first-submit = Save the password

## Problems with a source: title, explanation, advice
source-others = Other ways to sign in
source-silent-title = { $source } is not answering
source-silent-text = We have waited for an answer in vain. Neither you nor your password are the cause.
source-silent-advice = Try again in a few minutes.
source-unusable-title = { $source } cannot be used at the moment
source-unusable-text = Something needs to be set right between this space and { $source }. It is not your fault.
source-unusable-advice = Choose another way to sign in. If you have none, report it with the reference below.
source-refused-title = Signing in with { $source } did not work out
source-refused-text = Perhaps you turned back, or { $source } would not say who you are. Nothing has been opened.
source-refused-advice = Start again, or choose another way to sign in.
source-disbelieved-title = We could not verify the answer
source-disbelieved-text = An answer signed “{ $source }” has arrived, but it did not pass our security checks. Nothing has been opened.
source-disbelieved-advice = Start again from the login page. If it happens again, give the reference below to support.
source-untrusted-title = { $source } cannot open this school
source-untrusted-text = The answer is about a school or a profile that does not depend on this way to sign in. Nothing has been opened.
source-untrusted-advice = Use the way to sign in of your school. Is this a mistake? Show this page to its digital contact.
source-weak-title = Signing in with { $source } is not safe enough
source-weak-text = We know who you are, but without the extra proof that this service asks for.
source-weak-advice = Use a safer way. If you have none, ask the digital contact of your school.
source-late-title = The answer came too late
source-late-text = Much time has passed while you were signing in with { $source }, or this page was reloaded. For safety, this answer is no longer accepted.
source-late-advice = Start again: nothing has been lost.
source-elsewhere-title = This login began somewhere else
source-elsewhere-text = In this browser we do not find the beginning of your login with { $source }.
source-elsewhere-advice = Start again here, from beginning to end, and check that your browser accepts cookies. Did somebody send you this link? Do not go on: it may be a trap.
source-unasked-title = Start from the login page
source-unasked-text = { $source } sends you here, but your login did not begin here. For safety, we do not accept such arrivals.
source-unasked-advice = Open the login page, then choose { $source }.
