# Second factors: asked for at a login, set up on the account.
second-title = One more step
second-lead = { $name }, confirm that it is you.
second-for = To open { $service }, one code more is needed.
second-code = Verification code
second-code-hint = The six digits that your application shows, or a printed recovery code.
second-submit = Confirm
second-lost-title = You do not have your phone?
second-lost-codes = Type one of the recovery codes that you have printed: each works once.
second-lost-ask = Otherwise, ask at your school's reception: two people will check together that it is you.
problem-second-wrong = This is not the right code, or it was used before. Wait until the application shows another one, then try again.
problem-second-failed = Too many wrong codes: for safety, begin again.
problem-no-second = This service asks for two-step verification, and your account has none yet. First sign in to the digital space, open “My account”, then “Two-step verification”.
problem-link-from-inside = This account is protected by two-step verification. Sign in with it first, then link the other account from “My account”.
second-factors = Two-step verification
second-none = Your password can be guessed or stolen. With a code from your phone as well, that is no longer enough to get in as you.
second-some = At each login you are asked for a code after the password.
second-app = Code application
second-since = Added on { $date }
second-new = Add a code application
second-another = Add another application
second-added = Done: this application is added.
second-removed = Done: this application is no longer used.
second-codes = Recovery codes
second-codes-left = { $count ->
    [0] You have no recovery code left.
    [one] You have { $count } recovery code left.
   *[other] You have { $count } recovery codes left.
}
second-codes-since = Sheet of { $date }.
second-codes-new = Make a new sheet
second-codes-made = Two-step verification is in place. Here are your recovery codes.
second-codes-text = Print this page or copy it, and keep the paper in a safe place. Without your phone, one of these codes lets you in. Each works once.
second-codes-of = Account: { $login }
second-codes-print = These codes will not be shown again. A new sheet replaces the old one.
second-codes-kept = I have kept them
second-new-title = Add a code application
second-new-install = Install a code application (for example FreeOTP, Aegis or the one of your phone). It works offline and without a phone number.
second-new-scan = Take a picture of this drawing with the application.
second-new-picture = QR code to be scanned with the application. The same secret is written in letters below.
second-new-type = I would rather type the secret
second-new-code = Type the six digits that it shows now.
second-code-app = Code of the application
second-name = Name (optional)
second-name-hint = To recognise it: “My phone”.
second-new-submit = Add
problem-second-new = This is not the expected code. Check that the phone's clock is right, then type the code that is shown now.
back-account = Back to my account
account-second = Two-step verification
account-second-on = A code is asked for after the password.
account-second-off = It is not in place.
account-second-manage = Manage
