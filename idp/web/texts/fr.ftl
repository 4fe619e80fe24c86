# Textes des pages, en français : la langue de référence.
# Chaque clé existe dans les trois langues avec les mêmes paramètres (un test le vérifie).

## Cadre commun
skip-to-content = Aller au contenu
language-switch = Langue
menu-account = Mon compte
menu-logout = Se déconnecter
signed-in-as = Compte de { $name }
footer-accessibility = Accessibilité : partiellement conforme
footer-charter = Charte d'utilisation
footer-help = Aide
error-prefix = Erreur
back-home = Retour à l'accueil

## Profils
profile-pupil = Élève
profile-guardian = Responsable d'élève
profile-teacher = Enseignant
profile-librarian = Professeur documentaliste
profile-head = Direction d'établissement
profile-school-life = Vie scolaire
profile-staff = Personnel de l'établissement
profile-academy = Académie
profile-authority = Collectivité
profile-citizen = Citoyen

## Connexion
login-title = Se connecter
login-for-service = Pour ouvrir { $service }, connectez-vous.
login-confirm-title = Confirmez que c'est vous
login-confirm-text = Ce service demande de saisir à nouveau votre mot de passe.
login-confirm-service = { $service } demande de saisir à nouveau votre mot de passe.
login-username = Identifiant
login-username-hint = Par exemple : prenom.nom
login-password = Mot de passe
login-show-password = Afficher le mot de passe
login-hide-password = Masquer le mot de passe
login-remember = Rester connecté sur cet appareil
login-remember-hint = Seulement si personne d'autre ne l'utilise. Jamais sur un ordinateur partagé.
login-submit = Se connecter
login-first-title = Première connexion ?
login-first-text = Saisissez le code d'activation reçu sur papier à la place du mot de passe.
login-lost-title = Mot de passe ou code perdu ?
login-lost-text = Demandez un nouveau code à l'accueil ou au secrétariat de votre établissement.
login-lost-contact = Contact : { $contact }
login-why-safe = Vérifiez l'adresse : vous êtes bien sur { $host }.
problem-login-wrong = L'identifiant ou le mot de passe n'est pas le bon. Vérifiez les majuscules, puis essayez à nouveau.
problem-login-wait = { $seconds ->
        [one] Trop d'essais ont échoué. Attendez une seconde avant d'essayer à nouveau.
       *[other] Trop d'essais ont échoué. Attendez { $seconds } secondes avant d'essayer à nouveau.
    }
problem-login-busy = Beaucoup de personnes se connectent en même temps. Patientez quelques secondes, puis saisissez votre mot de passe à nouveau. Il n'y a rien d'anormal de votre côté.

## Choisir ses identifiants
credentials-title = Choisissez votre mot de passe
credentials-welcome = Bonjour { $name }. Votre compte est presque prêt.
credentials-login = Votre identifiant (vous pouvez en choisir un autre)
credentials-login-hint = Lettres sans accent, chiffres, points et tirets. Si vous en changez, l'ancien restera valable.
credentials-password = Nouveau mot de passe
credentials-again = Le même mot de passe, une seconde fois
credentials-rules = Ce qui fait un bon mot de passe
credentials-rule-length = Au moins { $count } caractères. Quelques mots qui vous font sourire suffisent : « trottinette verte sous la pluie ».
credentials-rule-common = Pas un mot de passe que tout le monde connaît, comme « azerty » ou « 12345678 », ni un seul mot ou une date.
credentials-rule-personal = Pas votre nom, votre identifiant, votre classe, votre établissement ni votre ville.
credentials-rule-free = Les espaces et les accents sont permis. Chiffres et majuscules ne sont pas obligatoires.
credentials-submit = Enregistrer et continuer
problem-alias-taken = Cet identifiant est déjà pris. Choisissez-en un autre.
problem-alias-form = Cet identifiant ne convient pas : il faut au moins 3 caractères, parmi les lettres sans accent, les chiffres, les points et les tirets.
problem-password-short = Ce mot de passe est trop court : il faut au moins { $count } caractères.
problem-password-long = Ce mot de passe est trop long.
problem-password-common = Ce mot de passe est un des premiers que quelqu'un essaierait. Choisissez-en un autre, par exemple quelques mots qui ne vont pas ensemble.
problem-password-personal = Ce mot de passe contient surtout votre nom, votre identifiant, votre classe, votre établissement ou votre ville. Choisissez-en un autre.
problem-password-differs = Les deux mots de passe ne sont pas les mêmes. Saisissez-les à nouveau.
problem-form-summary = Un champ est à corriger : l'explication est donnée à côté.

## Charte
charter-title = Charte d'utilisation
charter-ask = Lisez cette charte avec attention. Si vous avez moins de 15 ans, lisez-la avec vos parents.
charter-version = Version { $version }
charter-accept = J'ai lu la charte et je m'engage à la respecter
charter-submit = Accepter et continuer
charter-refuse = Refuser et se déconnecter
problem-charter = Pour continuer, cochez la case qui dit que vous avez lu la charte.
charter-purpose-title = À quoi sert cet espace
charter-purpose-text = Cet espace numérique réunit en un seul endroit les services de votre établissement et de la région : cahier de textes, notes, messagerie, ressources, orientation. Il sert à apprendre, à enseigner et à s'informer.
charter-account-title = Votre compte est à vous
charter-account-text = Votre identifiant et votre mot de passe sont personnels. Ne les donnez à personne, même à un ami, et ne vous servez jamais du compte d'un autre. Si vous pensez que quelqu'un connaît votre mot de passe, changez-le et prévenez un adulte de l'établissement.
charter-respect-title = Respecter les autres
charter-respect-text = Écrivez comme vous parleriez à la personne en face. Les insultes, le harcèlement, les propos racistes ou discriminatoires sont interdits et punis par la loi. Ne publiez ni photo, ni vidéo, ni information sur quelqu'un sans son accord. En cas de harcèlement, comme victime ou comme témoin, appelez le 3018 : c'est gratuit et confidentiel.
charter-work-title = Respecter le travail des autres
charter-work-text = Les textes, images, musiques et logiciels appartiennent à ceux qui les ont faits. Citez vos sources et ne copiez que ce que vous avez le droit de copier.
charter-data-title = Vos données
charter-data-text = La région, l'académie et votre établissement traitent les données nécessaires au service : votre identité, votre classe ou votre fonction, vos connexions. Chaque service ne reçoit que ce dont il a besoin ; la page « Mon compte » vous montre quoi et quand. Rien n'est vendu, et il n'y a ni publicité ni suivi. Vous pouvez consulter vos données et les faire corriger en vous adressant à votre établissement ou au délégué à la protection des données, et saisir la CNIL.
charter-rules-title = Si la charte n'est pas respectée
charter-rules-text = L'établissement peut suspendre l'accès à un compte et appliquer les sanctions de son règlement intérieur. Les connexions sont enregistrées pendant un an au plus, pour la sécurité de tous.

## Portail
portal-title = Accueil
portal-greeting = Bonjour { $name }
portal-search = Chercher un service
portal-search-button = Chercher
portal-search-clear = Voir tous les services
portal-search-results = { $count ->
        [0] Aucun service ne correspond à « { $query } ».
        [one] Un service correspond à « { $query } ».
       *[other] { $count } services correspondent à « { $query } ».
    }
portal-empty-title = Aucun service pour le moment
portal-empty-text = Vos services apparaîtront ici dès que votre établissement les aura ouverts. Si cela vous étonne, adressez-vous au référent numérique de votre établissement.
portal-favourites = Mes favoris
portal-favourite-add = Ajouter { $service } aux favoris
portal-favourite-remove = Retirer { $service } des favoris
portal-why = Pourquoi ce service ?
portal-why-intro = Ce service vous est ouvert parce que vous êtes :
portal-why-line = { $profile } — { $structure }
portal-announcements = Annonces
portal-announcement-everybody = Pour tous
portal-child-title = Pour quel enfant ?
portal-child-current = Affiché en ce moment
portal-child-all = Tous mes enfants
portal-child-note = Le choix d'un enfant n'affiche que les services de son établissement.
category-pedagogy = Pédagogie
category-school-life = Vie scolaire
category-resources = Ressources
category-orientation = Orientation
category-services = Services de la région
category-tools = Outils

## Compte
account-title = Mon compte
account-identity = Votre identité
account-identity-text = Voici ce que la région sait de vous. Une erreur ? Demandez la correction au secrétariat de votre établissement : les informations viennent de sa base.
account-name = Nom
account-birth-name = Nom de naissance
account-birth-date = Date de naissance
account-login = Identifiant
account-mail = Adresse électronique
account-sources = Origine des informations
account-source-line = { $source }, numéro { $key }
account-source-local = Saisie par l'administration
account-affiliations = Vos établissements
account-no-affiliation = Aucun établissement en ce moment.
account-classes = Classes
account-groups = Groupes
account-functions = Fonctions
account-children = Vos enfants
account-guardians = Vos responsables
account-security = Connexion
account-password = Mot de passe
account-password-change = Changer le mot de passe
account-password-since = Changé le { $date }
account-charter = Charte
account-charter-accepted = Acceptée le { $date }
account-charter-read = Lire la charte
account-sessions = Vos connexions en cours
account-sessions-text = Vous ne reconnaissez pas l'une d'elles ? Déconnectez-la, puis changez votre mot de passe.
account-session-current = Cet appareil
account-session-since = Ouverte le { $date }
account-session-seen = Dernière activité le { $date }
account-session-address = Adresse { $address }
account-session-remembered = Reste connecté
account-session-end = Déconnecter
account-session-end-which = Déconnecter { $device }, ouverte le { $date }
account-sessions-end-others = Déconnecter tous les autres appareils
account-sessions-ended = C'est fait : la connexion est fermée.
account-password-changed = C'est fait : votre mot de passe est changé et vos autres appareils sont déconnectés.
account-grants = Services autorisés
account-grants-text = Vous avez donné votre accord à ces services, ou leur accès dure en votre absence. Vous pouvez le retirer à tout moment.
account-grants-none = Aucun service n'a d'accord de votre part ni d'accès en votre absence. Ceux qui vous le demanderont apparaîtront ici.
account-grants-kept = Un service dont vous retirez l'accès ne reçoit plus rien, mais il peut garder ce qu'il a déjà reçu : demandez-lui de l'effacer.
account-grants-revoked = C'est fait : ce service n'a plus accès à vos informations.
account-grant-receives = Ce qu'il peut recevoir :
account-grant-lasting = Même en votre absence
account-grant-since = Autorisé le { $date }
account-grant-last = Dernière utilisation le { $date }
account-grant-revoke = Retirer l'accès
account-grant-revoke-which = Retirer l'accès de { $service }
account-services = Ce que les services ont reçu
account-services-text = Chaque service ne reçoit que les informations dont il a besoin. Il vous reconnaît à un numéro, que vous trouvez ici : donnez-le à l'assistance du service si elle vous le demande. Ce n'est pas un mot de passe : personne ne peut se connecter avec.
account-services-none = Aucun service n'a encore rien reçu.
account-service = Service
account-service-last = Dernière ouverture
account-service-number = Votre numéro dans ce service :
account-service-received = Informations reçues

## Informations transmises aux services
attribute-pairwise-id = un numéro propre à ce service
attribute-uid = votre numéro dans l'espace numérique
attribute-login = votre identifiant
attribute-external-id = votre numéro dans l'annuaire scolaire
attribute-family-name = votre nom
attribute-given-name = votre prénom
attribute-title = votre civilité
attribute-profile = votre profil
attribute-structures = vos établissements
attribute-classes = vos classes
attribute-groups = vos groupes
attribute-functions = vos fonctions
attribute-schooling = votre niveau et votre formation
attribute-subjects = vos matières
attribute-mail = votre adresse électronique
attribute-birth-date = votre date de naissance
attribute-ine = votre identifiant national d'élève
attribute-children = vos enfants
attribute-guardians = vos responsables
attribute-postal-code = votre code postal
attribute-address = votre adresse postale
attribute-phones = vos numéros de téléphone
attribute-school-life = demi-pension, bourse et transport
attribute-further = des informations complémentaires

## Demande d'un service
new-tab = (nouvel onglet)
consent-lasting = Durée : même en votre absence, jusqu'à ce que vous retiriez votre accord.
consent-passing = Durée : seulement pendant que vous êtes connecté.
consent-title = { $service } demande à recevoir ces informations
consent-home = Site du service :
consent-policy = Ce que ce service fait de vos informations
consent-terms = Ses conditions d'utilisation
consent-allow = Accepter
consent-deny = Refuser
consent-refusal = Si vous refusez, rien n'est envoyé.
consent-later = Vous pourrez changer d'avis à tout moment : « Mon compte », puis « Services autorisés ».
choose-account-title = Continuer avec ce compte ?
choose-account-service = Pour ouvrir { $service }.
choose-account-login = Identifiant : { $login }
choose-account-continue = Oui, continuer
choose-account-other = Utiliser un autre compte
choose-account-hint = Ce n'est pas vous ? Utilisez un autre compte : il faudra son identifiant et son mot de passe.

## Code affiché sur un écran
device-title = Recopiez le code de l'écran
device-lead = Une borne, un tableau ou un téléviseur vous montre un code ? Recopiez-le ici : l'écran s'ouvrira avec votre compte.
device-code = Code affiché sur l'écran
device-code-hint = Huit lettres, comme BCDF-GHJK. Les majuscules et le tiret ne comptent pas.
device-submit = Continuer
device-trap = Recopiez seulement le code d'un écran qui est devant vous. Si quelqu'un vous a envoyé un code, c'est un piège : fermez cette page.
problem-device-unknown = Aucun écran n'attend ce code. Vérifiez chaque lettre ; si l'écran en montre un autre, recopiez le nouveau.
problem-device-missing = Recopiez d'abord le code affiché sur l'écran.
problem-device-wait = { $minutes ->
        [one] Trop d'essais ont échoué. Attendez une minute avant d'essayer à nouveau.
       *[other] Trop d'essais ont échoué. Attendez { $minutes } minutes avant d'essayer à nouveau.
    }
device-confirm-title = Voyez-vous ce code, en ce moment, sur un écran devant vous ?
device-confirm-trap = Quelqu'un vous a envoyé ce code, ou vous dit d'appuyer sur « Oui » ? C'est un piège pour se servir de votre compte. Répondez « Non ».
device-confirm-effect = Si vous répondez « Oui », { $service } s'ouvrira sur cet écran avec votre compte et recevra :
device-allow = Oui, devant moi
device-deny = Non, pas devant moi
device-allowed-title = C'est fait : regardez l'écran
device-allowed-text = { $service } s'ouvre avec votre compte sur l'écran qui montrait le code. Vous pouvez fermer cette page.
device-allowed-after = Cet écran sert à d'autres ? Avant de partir, quittez { $service } sur l'écran.
device-denied-title = Rien n'a été ouvert
device-denied-text = { $service } ne s'ouvrira pas avec votre compte, et ce code ne vaut plus rien.
device-denied-trap = Quelqu'un vous avait envoyé ce code ? Parlez-en à un adulte ou au référent numérique de votre établissement.

## Changer de mot de passe
password-title = Changer le mot de passe
password-current = Mot de passe actuel
password-submit = Changer le mot de passe
password-consequence = Vos autres appareils seront déconnectés.
problem-password-current = Ce n'est pas votre mot de passe actuel.
cancel = Annuler

## Déconnexion
logout-title = Se déconnecter ?
logout-text = Vous allez quitter l'espace numérique et tous les services ouverts depuis cet appareil.
logout-confirm = Se déconnecter
logout-stay = Rester connecté
service-logout-title = { $service } propose de vous déconnecter
service-logout-title-unnamed = Un service propose de vous déconnecter
service-logout-text = En vous déconnectant, vous quittez aussi l'espace numérique et tous les services ouverts depuis ce navigateur.
service-logout-doubt = Vous n'avez rien demandé ? Restez connecté : rien ne changera.
signed-out-title = Déconnexion terminée
signed-out-text = Vous pouvez fermer cette page. Sur un ordinateur partagé, fermez aussi le navigateur.
signed-out-already = Aucune connexion n'était ouverte sur cet appareil.
signed-out-services = Les services que vous aviez ouverts
signed-out-told = prévenu
signed-out-pending = en train d'être prévenu
signed-out-failed = n'a pas répondu : fermez son onglet
signed-out-asked = prévenu dans ce navigateur : par prudence, fermez aussi son onglet
signed-out-frame = Déconnexion de { $service }
signed-out-by-hand = Toujours connecté ? Quitter { $service }
signed-out-refresh = Actualiser la liste
signed-out-again = Se connecter à nouveau

## Passage vers un service
warn-title = Vous allez ouvrir { $service }
warn-text = Vous avez demandé un avertissement avant chaque service. { $service } saura qui vous êtes.
warn-confirm = Ouvrir { $service }
warn-cancel = Ne pas l'ouvrir
onward-title = Ouverture de { $service }
onward-text = Si rien ne se passe, appuyez sur le bouton.
onward-button = Continuer vers { $service }

## Refus
refused-title = { $service } n'est pas ouvert pour vous
refused-not-named = Ce service n'est pas prévu pour votre profil dans votre établissement.
refused-out-of-period = Ce service n'est pas ouvert en ce moment : sa période n'a pas commencé ou elle est terminée.
refused-disabled = Ce service est arrêté pour le moment.
refused-gone = Vous n'êtes plus rattaché à aucun établissement.
refused-who = Votre profil, vu par l'espace numérique :
refused-ask = Vous pensez que c'est une erreur ? Montrez cette page au référent numérique ou au secrétariat de votre établissement.
refused-switch = Ce n'est pas vous ? Déconnectez-vous, puis reconnectez-vous avec votre compte.
refused-back = Retourner à { $service } sans l'ouvrir

## Pages d'erreur : titre, explication, conseil
error-reference = Référence à donner si vous demandez de l'aide :
error-retry = Réessayer
error-login-again = Revenir à la page de connexion
error-bad-request-title = Demande incomprise
error-bad-request-text = L'adresse ou le formulaire reçu n'a pas la bonne forme.
error-bad-request-advice = Revenez à l'accueil et recommencez. Si cela se reproduit, signalez-le avec la référence ci-dessous.
error-form-refused-title = Ce formulaire n'a pas été accepté
error-form-refused-text = Par sécurité, un formulaire doit partir de la page que nous avons affichée dans ce navigateur. Celui-ci était trop ancien ou venait d'ailleurs.
error-form-refused-advice = Revenez à la page, rechargez-la et recommencez. Vérifiez que votre navigateur accepte les cookies.
error-cookies-title = Les cookies sont nécessaires
error-cookies-text = Votre navigateur n'a pas renvoyé le cookie qui protège la connexion.
error-cookies-advice = Autorisez les cookies pour ce site, puis recommencez. Ils ne servent qu'à votre connexion : aucun suivi.
error-expired-title = Cette page a attendu trop longtemps
error-expired-text = Par sécurité, une connexion doit être terminée en 30 minutes. Rien n'a été perdu.
error-expired-advice = Recommencez depuis le début : retournez au service que vous vouliez ouvrir, ou à la page de connexion.
error-spent-title = Cette demande n'attend plus de réponse
error-spent-text = Elle a déjà reçu sa réponse, par exemple dans une autre fenêtre, ou elle a attendu trop longtemps.
error-spent-advice = Regardez d'abord vos autres fenêtres : le service y est sans doute ouvert. Sinon, ouvrez-le à nouveau.
error-unknown-service-title = Service inconnu
error-unknown-service-text = L'adresse qui demande la connexion n'appartient à aucun service déclaré dans cet espace numérique. Vos informations ne lui ont pas été transmises.
error-unknown-service-advice = Ouvrez le service depuis l'accueil. Si vous administrez ce service, faites déclarer son adresse.
error-service-request-title = Nous ne pouvons pas répondre à ce service
error-service-request-text = Le service qui vous a envoyé ici nous a adressé une demande que nous ne pouvons pas accepter. Rien n'a été envoyé à personne, et ce n'est pas votre faute.
error-service-request-advice = Ouvrez à nouveau le service, depuis sa propre page ou depuis l'accueil. Vous administrez ce service ? Sa demande est incomplète, a déjà servi ou ne correspond pas à sa déclaration : la référence ci-dessous permet de savoir laquelle des trois.
error-looping-title = Ce service tourne en rond
error-looping-text = Le service vous renvoie sans cesse ici sans accepter la connexion. Nous avons arrêté la boucle.
error-looping-advice = Attendez une minute, puis réessayez depuis l'accueil. Si cela se reproduit, signalez-le avec la référence ci-dessous.
error-not-found-title = Page introuvable
error-not-found-text = Il n'y a rien à cette adresse.
error-not-found-advice = Vérifiez l'adresse, ou repartez de l'accueil.
error-method-title = Cette page ne s'ouvre pas ainsi
error-method-text = L'adresse existe, mais pas pour ce genre de demande.
error-method-advice = Repartez de l'accueil.
error-too-large-title = Demande trop longue
error-too-large-text = L'adresse ou le formulaire dépasse la taille permise.
error-too-large-advice = Repartez de l'accueil et recommencez.
error-misdirected-title = Mauvaise adresse
error-misdirected-text = Cet espace numérique ne répond pas sous ce nom.
error-misdirected-advice = Utilisez l'adresse donnée par votre établissement.
error-too-many-title = Trop de demandes
error-too-many-text = Trop de demandes sont arrivées en peu de temps.
error-too-many-advice = Attendez une minute, puis réessayez.
error-internal-title = Un problème de notre côté
error-internal-text = Quelque chose n'a pas fonctionné. Ce n'est pas votre faute.
error-internal-advice = Réessayez dans un instant. Si cela se reproduit, signalez-le avec la référence ci-dessous.
error-unavailable-title = Service momentanément indisponible
error-unavailable-text = L'espace numérique ne peut pas répondre en ce moment. Nous faisons le nécessaire.
error-unavailable-advice = Réessayez dans quelques instants.

## Déclaration d'accessibilité
accessibility-title = Déclaration d'accessibilité
accessibility-intro = { $region } s'engage à rendre cet espace numérique accessible à tous, conformément à l'article 47 de la loi n° 2005-102 du 11 février 2005. Cette déclaration concerne les pages de connexion, l'accueil et le compte.
accessibility-state-title = État de conformité
accessibility-state-text = Ces pages sont partiellement conformes au référentiel général d'amélioration de l'accessibilité (RGAA 4.1, niveau AA) : elles sont vérifiées à chaque version par un outil automatique et relues par leurs auteurs, mais elles n'ont pas encore été auditées par un tiers.
accessibility-done-title = Ce qui est fait
accessibility-done-keyboard = Tout fonctionne au clavier, et l'élément actif est toujours visible.
accessibility-done-contrast = Les textes ont un contraste d'au moins 4,5 sur 1, en mode clair comme en mode sombre.
accessibility-done-zoom = Les pages restent lisibles à 200 % et sur un écran de 320 pixels de large.
accessibility-done-script = Tout fonctionne sans JavaScript.
accessibility-done-words = Les erreurs sont dites avec des mots, près du champ concerné.
accessibility-gap-title = Ce qui ne l'est pas
accessibility-gap-text = Les noms et descriptions des services, ainsi que les annonces, sont écrits par les établissements et ne sont pas tous traduits. Les services ouverts depuis l'accueil ont leur propre déclaration.
accessibility-contact-title = Signaler un obstacle
accessibility-contact-text = Si vous ne pouvez pas accéder à un contenu, écrivez-nous : nous vous répondrons et chercherons une solution avec vous.
accessibility-remedy-title = Voies de recours
accessibility-remedy-text = Sans réponse satisfaisante, vous pouvez saisir le Défenseur des droits, par son formulaire en ligne, par son délégué dans votre région, ou par courrier gratuit : Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07.

## Dates
date = { $day } { $month } { $year }
date-time = { $day } { $month } { $year } à { $time }
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre
