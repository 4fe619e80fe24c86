# Page texts in English.

## Common frame
skip-to-content = Skip to content
language-switch = Language
menu-account = My account
menu-logout = Sign out
signed-in-as = Account of { $name }
footer-accessibility = Accessibility: partially conformant
footer-charter = Terms of use
footer-help = Help
error-prefix = Error
back-home = Back to home

## Profiles
profile-pupil = Pupil
profile-guardian = Parent or guardian
profile-teacher = Teacher
profile-librarian = Teacher-librarian
profile-head = School management
profile-school-life = School life
profile-staff = School staff
profile-academy = Education authority
profile-authority = Local authority
profile-citizen = Citizen

## Login
login-title = Sign in
login-for-service = Sign in to open { $service }.
login-confirm-title = Confirm that it is you
login-confirm-text = This service asks you to type your password again.
login-confirm-service = { $service } asks you to type your password again.
login-username = Login
login-username-hint = For example: firstname.lastname
login-password = Password
login-show-password = Show password
login-hide-password = Hide password
login-remember = Stay signed in on this device
login-remember-hint = Only if nobody else uses it. Never on a shared computer.
login-submit = Sign in
login-first-title = First time here?
login-first-text = Type the activation code that you received on paper in place of the password.
login-lost-title = Lost your password or code?
login-lost-text = Ask the front desk or the office of your school for a new code.
login-lost-contact = Contact: { $contact }
login-why-safe = Check the address: you really are on { $host }.
problem-login-wrong = The login or the password is not right. Check the capital letters, then try again.
problem-login-wait = { $seconds ->
        [one] Too many attempts have failed. Wait one second before you try again.
       *[other] Too many attempts have failed. Wait { $seconds } seconds before you try again.
    }
problem-login-busy = Many people are signing in at the same time. Wait a few seconds, then type your password again. Nothing is wrong on your side.

## Choose credentials
credentials-title = Choose your password
credentials-welcome = Hello { $name }. Your account is almost ready.
credentials-login = Your login (you may choose another)
credentials-login-hint = Letters without accents, digits, dots and hyphens. If you change it, the old one will go on working.
credentials-password = New password
credentials-again = The same password, a second time
credentials-rules = What makes a good password
credentials-rule-length = At least { $count } characters. A few words that make you smile are enough: “green scooter in the rain”.
credentials-rule-common = Not a password that everyone knows, such as “azerty” or “12345678”, and not a word or a date alone.
credentials-rule-personal = Not your name, your login, your class, your school or your town.
credentials-rule-free = Spaces and accents are allowed. Digits and capitals are not compulsory.
credentials-submit = Save and continue
problem-alias-taken = This login is taken. Choose another.
problem-alias-form = This login does not fit: at least 3 characters are needed, from letters without accents, digits, dots and hyphens.
problem-password-short = This password is too short: at least { $count } characters are needed.
problem-password-long = This password is too long.
problem-password-common = This password is one of the first that somebody would try. Choose another, for example a few words that do not belong together.
problem-password-personal = This password is mostly your name, your login, your class, your school or your town. Choose another.
problem-password-differs = The two passwords are not the same. Type them again.
problem-form-summary = One field needs correcting: the explanation is next to it.

## Charter
charter-title = Terms of use
charter-ask = Read these terms with care. If you are under 15, read them with your parents.
charter-version = Version { $version }
charter-accept = I have read the terms and will respect them
charter-submit = Accept and continue
charter-refuse = Refuse and sign out
problem-charter = To continue, tick the box that says that you have read the terms.
charter-purpose-title = What this space is for
charter-purpose-text = This digital space brings the services of your school and of the region together in one place: class notebook, marks, messages, resources, guidance. It is there to learn, to teach and to stay informed.
charter-account-title = Your account is yours
charter-account-text = Your login and your password are personal. Give them to nobody, not even a friend, and never use somebody else's account. If you think that someone knows your password, change it and tell an adult at school.
charter-respect-title = Respect other people
charter-respect-text = Write as you would speak to the person in front of you. Insults, bullying, racist or discriminatory words are forbidden and punished by law. Do not publish a photo, a video or information about someone without their consent. If there is bullying, as a victim or as a witness, call 3018 (in France): it is free and confidential.
charter-work-title = Respect other people's work
charter-work-text = Texts, images, music and software belong to those who made them. Name your sources and copy only what you have the right to copy.
charter-data-title = Your data
charter-data-text = The region, the education authority and your school process the data that the service needs: your identity, your class or function, your sign-ins. Each service receives only what it needs; the page “My account” shows you what and when. Nothing is sold, and there is no advertising and no tracking. You can see your data and have them corrected through your school or the data protection officer, and complain to the CNIL.
charter-rules-title = If the terms are not respected
charter-rules-text = The school may suspend an account and apply the sanctions of its own rules. Sign-ins are recorded for a year at most, for everybody's safety.

## Portal
portal-title = Home
portal-greeting = Hello { $name }
portal-search = Search for a service
portal-search-button = Search
portal-search-clear = See all services
portal-search-results = { $count ->
        [0] No service matches “{ $query }”.
        [one] One service matches “{ $query }”.
       *[other] { $count } services match “{ $query }”.
    }
portal-empty-title = No service yet
portal-empty-text = Your services will appear here as soon as your school has opened them. If this surprises you, ask the person in charge of digital services at your school.
portal-favourites = My favourites
portal-favourite-add = Add { $service } to favourites
portal-favourite-remove = Remove { $service } from favourites
portal-why = Why this service?
portal-why-intro = This service is open to you because you are:
portal-why-line = { $profile } — { $structure }
portal-announcements = Announcements
portal-announcement-everybody = For everybody
portal-child-title = For which child?
portal-child-current = Shown now
portal-child-all = All my children
portal-child-note = Choosing a child shows only the services of that child's school.
category-pedagogy = Teaching and learning
category-school-life = School life
category-resources = Resources
category-orientation = Guidance
category-services = Services of the region
category-tools = Tools

## Account
account-title = My account
account-identity = Your identity
account-identity-text = This is what the region knows about you. A mistake? Ask the office of your school to correct it: the information comes from there.
account-name = Name
account-birth-name = Birth name
account-birth-date = Date of birth
account-login = Login
account-mail = Mail address
account-sources = Where the information comes from
account-source-line = { $source }, number { $key }
account-source-local = Entered by the administration
account-affiliations = Your schools
account-no-affiliation = No school at the moment.
account-classes = Classes
account-groups = Groups
account-functions = Functions
account-children = Your children
account-guardians = Your guardians
account-security = Sign-in
account-password = Password
account-password-change = Change password
account-password-since = Changed on { $date }
account-charter = Terms of use
account-charter-accepted = Accepted on { $date }
account-charter-read = Read the terms
account-sessions = Where you are signed in
account-sessions-text = You do not recognise one of them? Sign it out, then change your password.
account-session-current = This device
account-session-since = Since { $date }
account-session-seen = Last active on { $date }
account-session-address = Address { $address }
account-session-remembered = Stays signed in
account-session-end = Sign out
account-session-end-which = Sign out { $device }, open since { $date }
account-sessions-end-others = Sign out all other devices
account-sessions-ended = Done: that device is signed out.
account-password-changed = Done: your password is changed and your other devices are signed out.
account-grants = Services you have allowed
account-grants-text = You have given these services your agreement, or their access lasts while you are away. You can take it back at any time.
account-grants-none = No service has your agreement or access while you are away. Those that ask for it will appear here.
account-grants-kept = A service whose access you take back receives nothing more, but it may keep what it has already received: ask it to delete that.
account-grants-revoked = Done: this service no longer has access to your information.
account-grant-receives = What it may receive:
account-grant-lasting = Even when you are away
account-grant-since = Allowed on { $date }
account-grant-last = Last used on { $date }
account-grant-revoke = Remove access
account-grant-revoke-which = Remove access of { $service }
account-services = What services have received
account-services-text = Each service receives only the information that it needs. It recognises you by a number, shown here: give it to the service's help desk if they ask for it. It is not a password: nobody can sign in with it.
account-services-none = No service has received anything yet.
account-service = Service
account-service-last = Last opened
account-service-number = Your number in this service:
account-service-received = Information received

## Information sent to services
attribute-pairwise-id = a number for this service alone
attribute-uid = your number in the digital space
attribute-login = your login
attribute-external-id = your number in the school directory
attribute-family-name = your family name
attribute-given-name = your first name
attribute-title = your title
attribute-profile = your profile
attribute-structures = your schools
attribute-classes = your classes
attribute-groups = your groups
attribute-functions = your functions
attribute-schooling = your level and course
attribute-subjects = your subjects
attribute-mail = your mail address
attribute-birth-date = your date of birth
attribute-ine = your national pupil number
attribute-children = your children
attribute-guardians = your guardians
attribute-postal-code = your postal code
attribute-address = your postal address
attribute-phones = your telephone numbers
attribute-school-life = meals, grant and transport
attribute-further = further information

## A service asks
new-tab = (new tab)
consent-lasting = For how long: even when you are away, until you take your agreement back.
consent-passing = For how long: only while you are signed in.
consent-title = { $service } asks to receive this information
consent-home = Site of the service:
consent-policy = What this service does with your information
consent-terms = Its terms of use
consent-allow = Accept
consent-deny = Refuse
consent-refusal = If you refuse, nothing is sent.
consent-later = You can change your mind at any time: “My account”, then “Services you have allowed”.
choose-account-title = Continue with this account?
choose-account-service = To open { $service }.
choose-account-login = Login: { $login }
choose-account-continue = Yes, continue
choose-account-other = Use another account
choose-account-hint = This is not you? Use another account: you will need its login and its password.

## A code shown on a screen
device-title = Copy the code from the screen
device-lead = A kiosk, a board or a television shows you a code? Copy it here: the screen will open with your account.
device-code = Code shown on the screen
device-code-hint = Eight letters, such as BCDF-GHJK. Capitals and the hyphen do not matter.
device-submit = Continue
device-trap = Copy only the code of a screen that is in front of you. If somebody sent you a code, it is a trap: close this page.
problem-device-unknown = No screen is waiting for this code. Check each letter; if the screen shows another one, copy the new one.
problem-device-missing = Copy the code shown on the screen first.
problem-device-wait = { $minutes ->
        [one] Too many attempts have failed. Wait one minute before you try again.
       *[other] Too many attempts have failed. Wait { $minutes } minutes before you try again.
    }
device-confirm-title = Do you see this code, right now, on a screen in front of you?
device-confirm-trap = Somebody sent you this code, or tells you to press “Yes”? It is a trap to use your account. Answer “No”.
device-confirm-effect = If you answer “Yes”, { $service } will open on that screen with your account and will receive:
device-allow = Yes, in front of me
device-deny = No, not in front of me
device-allowed-title = Done: look at the screen
device-allowed-text = { $service } opens with your account on the screen that showed the code. You may close this page.
device-allowed-after = Do other people use that screen? Before you go, leave { $service } on the screen.
device-denied-title = Nothing was opened
device-denied-text = { $service } will not open with your account, and this code is worth nothing any more.
device-denied-trap = Had somebody sent you this code? Tell an adult or the person in charge of digital services at your school.

## Change password
password-title = Change password
password-current = Current password
password-submit = Change password
password-consequence = Your other devices will be signed out.
problem-password-current = This is not your current password.
cancel = Cancel

## Logout
logout-title = Sign out?
logout-text = You will leave the digital space and every service opened from this device.
logout-confirm = Sign out
logout-stay = Stay signed in
service-logout-title = { $service } suggests signing you out
service-logout-title-unnamed = A service suggests signing you out
service-logout-text = Signing out also leaves the digital space and every service opened from this browser.
service-logout-doubt = You asked for nothing? Stay signed in: nothing will change.
signed-out-title = You are signed out
signed-out-text = You may close this page. On a shared computer, close the browser as well.
signed-out-already = Nobody was signed in on this device.
signed-out-services = The services that you had opened
signed-out-told = has been told
signed-out-pending = is being told
signed-out-failed = did not answer: close its tab
signed-out-asked = has been told in this browser: to be safe, close its tab as well
signed-out-frame = Signing out of { $service }
signed-out-by-hand = Still signed in? Leave { $service }
signed-out-refresh = Refresh the list
signed-out-again = Sign in again

## On the way to a service
warn-title = You are about to open { $service }
warn-text = You asked for a warning before each service. { $service } will know who you are.
warn-confirm = Open { $service }
warn-cancel = Do not open it
onward-title = Opening { $service }
onward-text = If nothing happens, press the button.
onward-button = Continue to { $service }

## Refusals
refused-title = { $service } is not open to you
refused-not-named = This service is not meant for your profile at your school.
refused-out-of-period = This service is not open at the moment: its period has not begun or is over.
refused-disabled = This service is switched off for now.
refused-gone = You no longer belong to any school.
refused-who = Your profile, as the digital space sees it:
refused-ask = You think that this is a mistake? Show this page to the person in charge of digital services or to the office of your school.
refused-switch = This is not you? Sign out, then sign in with your own account.
refused-back = Go back to { $service } without opening it

## Error pages: title, explanation, advice
error-reference = Reference to give if you ask for help:
error-retry = Try again
error-login-again = Back to the sign-in page
error-bad-request-title = Request not understood
error-bad-request-text = The address or the form received does not have the right shape.
error-bad-request-advice = Go back to the home page and start again. If it happens again, report it with the reference below.
error-form-refused-title = This form was not accepted
error-form-refused-text = For safety, a form must come from the page that we showed in this browser. This one was too old or came from elsewhere.
error-form-refused-advice = Go back to the page, reload it and start again. Check that your browser accepts cookies.
error-cookies-title = Cookies are needed
error-cookies-text = Your browser did not send back the cookie that protects the sign-in.
error-cookies-advice = Allow cookies for this site, then start again. They serve your sign-in only: no tracking.
error-expired-title = This page has waited too long
error-expired-text = For safety, signing in must be finished within 30 minutes. Nothing was lost.
error-expired-advice = Start from the beginning: go back to the service that you wanted to open, or to the sign-in page.
error-spent-title = This request no longer waits for an answer
error-spent-text = It has been answered already, perhaps in another window, or it has waited too long.
error-spent-advice = Look at your other windows first: the service may be open there. If it is not, open it again.
error-unknown-service-title = Unknown service
error-unknown-service-text = The address that asks you to sign in belongs to no service registered in this digital space. Nothing about you was sent to it.
error-unknown-service-advice = Open the service from the home page. If you run this service, have its address registered.
error-service-request-title = We cannot answer this service
error-service-request-text = The service that sent you here asked us for something that we cannot accept. Nothing was sent to anybody, and it is not your fault.
error-service-request-advice = Open the service again, from its own page or from the home page. You run this service? Its request is incomplete, has been used already or does not match its registration: the reference below tells which of the three.
error-looping-title = This service goes round in circles
error-looping-text = The service keeps sending you back here without accepting the sign-in. We have stopped the loop.
error-looping-advice = Wait a minute, then try again from the home page. If it happens again, report it with the reference below.
error-not-found-title = Page not found
error-not-found-text = There is nothing at this address.
error-not-found-advice = Check the address, or start from the home page.
error-method-title = This page does not open that way
error-method-text = The address exists, but not for this kind of request.
error-method-advice = Start from the home page.
error-too-large-title = Request too long
error-too-large-text = The address or the form is larger than allowed.
error-too-large-advice = Start again from the home page.
error-misdirected-title = Wrong address
error-misdirected-text = This digital space does not answer under this name.
error-misdirected-advice = Use the address that your school gave you.
error-too-many-title = Too many requests
error-too-many-text = Too many requests arrived in a short time.
error-too-many-advice = Wait a minute, then try again.
error-internal-title = A problem on our side
error-internal-text = Something did not work. It is not your fault.
error-internal-advice = Try again in a moment. If it happens again, report it with the reference below.
error-unavailable-title = Service unavailable for the moment
error-unavailable-text = The digital space cannot answer right now. We are working on it.
error-unavailable-advice = Try again in a few moments.

## Accessibility statement
accessibility-title = Accessibility statement
accessibility-intro = { $region } undertakes to make this digital space accessible to everybody, in accordance with article 47 of French law no. 2005-102 of 11 February 2005. This statement covers the sign-in pages, the home page and the account page.
accessibility-state-title = State of conformance
accessibility-state-text = These pages conform partially to the French accessibility framework (RGAA 4.1, level AA): they are checked at each version by an automatic tool and reviewed by their authors, but have not yet been audited by a third party.
accessibility-done-title = What is done
accessibility-done-keyboard = Everything works from the keyboard, and the active element is always visible.
accessibility-done-contrast = Texts have a contrast of at least 4.5 to 1, in light mode and in dark mode.
accessibility-done-zoom = Pages stay readable at 200 % and on a screen 320 pixels wide.
accessibility-done-script = Everything works without JavaScript.
accessibility-done-words = Errors are said in words, next to the field concerned.
accessibility-gap-title = What is not
accessibility-gap-text = Names and descriptions of services, and announcements, are written by the schools and are not all translated. The services opened from the home page have statements of their own.
accessibility-contact-title = Report an obstacle
accessibility-contact-text = If you cannot reach some content, write to us: we will answer and look for a solution with you.
accessibility-remedy-title = Means of redress
accessibility-remedy-text = Without a satisfying answer, you may turn to the Defender of Rights, by the online form, through the delegate in your region, or by free post: Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07.

## Dates
date = { $day } { $month } { $year }
date-time = { $day } { $month } { $year } at { $time }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
