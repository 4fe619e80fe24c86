# Second factors: asked for at a login, set up on the account.
second-title = Encore une étape
second-lead = { $name }, confirmez que c'est bien vous.
second-for = Pour ouvrir { $service }, il faut un code en plus.
second-code = Code de vérification
second-code-hint = Les six chiffres que montre votre application, ou un code de secours imprimé.
second-submit = Confirmer
second-lost-title = Vous n'avez pas votre téléphone ?
second-lost-codes = Tapez un des codes de secours que vous avez imprimés : chacun marche une fois.
second-lost-ask = Sinon, demandez de l'aide à l'accueil de votre établissement : deux personnes vérifieront ensemble que c'est bien vous.
problem-second-wrong = Ce n'est pas le bon code, ou il a déjà servi. Attendez que l'application en montre un autre, puis essayez à nouveau.
problem-second-failed = Trop de codes faux : par sécurité, recommencez depuis le début.
problem-no-second = Ce service demande une double vérification, et votre compte n'en a pas encore. Entrez d'abord dans l'espace numérique, ouvrez « Mon compte », puis « Double vérification ».
problem-link-from-inside = Ce compte est protégé par une double vérification. Connectez-vous d'abord avec lui, puis reliez l'autre compte depuis « Mon compte ».
second-factors = Double vérification
second-none = Votre mot de passe peut être deviné ou volé. Avec un code de votre téléphone en plus, cela ne suffit plus pour entrer à votre place.
second-some = À chaque connexion, un code vous est demandé après le mot de passe.
second-app = Application de codes
second-since = Ajoutée le { $date }
second-new = Ajouter une application de codes
second-another = Ajouter une autre application
second-added = C'est fait : cette application est ajoutée.
second-removed = C'est fait : cette application ne sert plus.
second-codes = Codes de secours
second-codes-left = { $count ->
    [0] Il ne vous reste aucun code de secours.
    [one] Il vous reste { $count } code de secours.
   *[other] Il vous reste { $count } codes de secours.
}
second-codes-since = Feuille du { $date }.
second-codes-new = Faire une nouvelle feuille
second-codes-made = La double vérification est en place. Voici vos codes de secours.
second-codes-text = Imprimez cette page ou recopiez-la, et gardez le papier en lieu sûr. Sans votre téléphone, un de ces codes vous fait entrer. Chacun marche une fois.
second-codes-of = Compte : { $login }
second-codes-print = Ces codes ne seront plus affichés. Une nouvelle feuille remplace l'ancienne.
second-codes-kept = Je les ai gardés
second-new-title = Ajouter une application de codes
second-new-install = Installez une application de codes (par exemple FreeOTP, Aegis ou celle de votre téléphone). Elle marche sans connexion et sans numéro de téléphone.
second-new-scan = Avec l'application, photographiez ce dessin.
second-new-picture = Code QR à photographier avec l'application. Le même secret est écrit en lettres plus bas.
second-new-type = Je préfère taper le secret
second-new-code = Tapez les six chiffres qu'elle montre maintenant.
second-code-app = Code de l'application
second-name = Nom (facultatif)
second-name-hint = Pour la reconnaître : « Mon téléphone ».
second-new-submit = Ajouter
problem-second-new = Ce n'est pas le code attendu. Vérifiez que le téléphone est à l'heure, puis tapez le code qui s'affiche maintenant.
back-account = Retour à mon compte
account-second = Double vérification
account-second-on = Un code est demandé après le mot de passe.
account-second-off = Elle n'est pas en place.
account-second-manage = Gérer
