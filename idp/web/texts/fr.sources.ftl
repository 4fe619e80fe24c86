# Textes des pages par lesquelles d'autres systèmes disent qui l'on est : choix, rattachement, contexte, départ.

## Choisir par où entrer
who-title = Qui êtes-vous ?
who-title-else = Sinon, qui êtes-vous ?
who-family = Élève ou parent
who-agent = Agent : enseignant, personnel, collectivité
who-agriculture = Lycée agricole
who-university = Université
who-citizen = Citoyen
who-local = J'ai un identifiant de l'ENT
choice-last = La dernière fois sur cet appareil
choice-of-school = Dans votre établissement
choice-of-service = Pour { $service }
login-local-title = Avec un identifiant de l'ENT
login-confirm-again = Ce service demande de vous identifier à nouveau.
login-confirm-again-service = { $service } demande de vous identifier à nouveau.
source-with = Se connecter avec { $source }
source-identify-with = S'identifier avec
source-what = Qu'est-ce que { $source } ?
source-anyway = Essayer quand même
source-down = { $source } ne répond pas en ce moment.
source-down-since = { $source } ne répond pas depuis { $since }.
source-down-wait = Cela ne vient pas de vous. Essayez à nouveau dans quelques minutes.
around-intro = En attendant, vous pouvez entrer autrement :
around-password = avec votre identifiant et votre mot de passe de l'ENT, si vous en avez
around-code = avec votre identifiant et le code d'activation reçu sur papier
around-school = avec un code demandé à l'accueil ou au secrétariat de votre établissement
way-elsewhere = Choisir un autre moyen de connexion

## Chercher son établissement
school-other = Ce n'est pas votre établissement ?
school-search-link = Chercher mon établissement
school-search-title = Chercher mon établissement
school-search-label = Nom, commune ou numéro (UAI)
school-search-hint = Par exemple : Bellevue, Albi ou 0311234Y.
school-search-short = Écrivez au moins deux lettres.
school-search-none = Aucun établissement ne correspond à « { $query } ».
school-search-advice = Vérifiez l'orthographe, ou écrivez seulement la commune.
school-search-found = { $count ->
        [one] Un établissement correspond.
       *[other] { $count } établissements correspondent.
    }
school-search-more = Voici les { $count } premiers, mais il y en a d'autres. Écrivez-en un peu plus, par exemple la commune.
school-search-back = Revenir à la connexion

## Connexion plus sûre
stronger-title = { $service } demande une connexion plus sûre
stronger-title-unnamed = Ce service demande une connexion plus sûre
stronger-text = Ce service protège des informations sensibles : il faut un moyen de connexion plus sûr que d'habitude.
stronger-sources = Les moyens assez sûrs
stronger-none = Aucun moyen assez sûr n'est ouvert ici pour le moment. Demandez au référent numérique de votre établissement.
stronger-cancel = Revenir à l'accueil sans l'ouvrir
stronger-why-title = Pourquoi ?
stronger-why-text = Un mot de passe peut être deviné ou volé. Pour ce service, on vérifie une fois de plus que c'est bien vous, par exemple avec votre téléphone.

## Mot de passe de l'établissement
directory-title = Se connecter – { $owner }
directory-which = Tapez l'identifiant et le mot de passe que vous utilisez sur les ordinateurs de l'établissement. Ce ne sont pas ceux de l'ENT.
directory-username = Identifiant de l'établissement
directory-password = Mot de passe de l'établissement
directory-lost-title = Mot de passe perdu ?
directory-lost-text = Ce mot de passe appartient à l'établissement ({ $owner }) : lui seul peut vous en donner un autre. Demandez à l'accueil ou au référent numérique.
problem-directory-wrong = { $owner } ne reconnaît pas cet identifiant ou ce mot de passe. Vérifiez les majuscules, et que ce n'est pas votre mot de passe de l'ENT.
problem-directory-silent = { $owner } ne répond pas : votre mot de passe est peut-être le bon. Attendez une minute, puis essayez à nouveau, ou choisissez un autre moyen de connexion.

## Personne n'est reconnu
unknown-nobody-title = Nous ne vous reconnaissons pas encore
unknown-nobody-text = Vous êtes bien identifié avec { $source }, mais cela n'a pas suffi pour vous reconnaître ici. C'est fréquent en début d'année, ou après un changement d'établissement.
unknown-several-title = Nous ne sommes pas sûrs de qui vous êtes
unknown-several-text = Vous êtes bien identifié avec { $source }, mais ce qui nous a été dit peut désigner plusieurs personnes. Pour ne jamais ouvrir le compte de quelqu'un d'autre, nous n'en ouvrons aucun.
unknown-scope-title = { $source } ne suffit pas pour entrer ici
unknown-scope-text = Vous êtes bien identifié avec { $source }, mais ce moyen de connexion n'est pas prévu pour votre établissement ou votre profil.
unknown-link-title = Avez-vous un code d'activation ou un mot de passe de l'ENT ?
unknown-link-text = Tapez-le une seule fois : votre compte { $source } sera relié, et vous n'en aurez plus besoin.
unknown-login = Identifiant de l'ENT
unknown-password = Mot de passe de l'ENT ou code d'activation
unknown-link-submit = Relier mon compte
unknown-ask-title = Vous n'en avez pas ?
unknown-ask-title-only = Que faire ?
unknown-ask-text = Demandez un code d'activation à l'accueil, au secrétariat ou au référent numérique de votre établissement.
unknown-bring-intro = Parents, apportez à l'établissement de votre enfant :
unknown-bring-identity = votre pièce d'identité
unknown-bring-child = le nom, le prénom et la classe de votre enfant
unknown-bring-page = une photo de cette page, avec la référence écrite en bas
unknown-other-title = Essayer autrement

## Comptes reliés
linked-title = Votre compte { $source } est maintenant relié
linked-account-of = à ce compte de l'ENT :
linked-text = La prochaine fois, entrez directement avec { $source }.
linked-why = Pourquoi ce compte ?
linked-changes = Ce qui a changé
linked-password-gone = Votre ancien mot de passe de l'ENT ne marche plus.
linked-code-gone = Votre code d'activation ne marche plus : vous pouvez jeter le papier.
linked-sessions-closed = Les connexions ouvertes sur d'autres appareils ont été fermées.
linked-may-choose = Vous voulez quand même un mot de passe de l'ENT ? Choisissez-en un dans « Mon compte ».
linked-continue = Continuer
linked-doubt-title = Ce n'est pas votre compte ?
linked-doubt-text = Ne continuez pas. Déconnectez-vous, puis prévenez tout de suite le référent numérique ou le secrétariat de votre établissement, avec la référence ci-dessous.
linked-by-feed-key = { $source } nous a donné votre numéro dans la base des établissements.
linked-by-child = { $source } nous a donné votre nom et le numéro d'élève de votre enfant : l'établissement a les mêmes.
linked-by-pupil = { $source } nous a donné votre numéro d'élève : l'établissement a le même.
linked-by-key = { $source } nous a donné votre numéro dans l'annuaire de l'établissement.
linked-by-ine = { $source } nous a donné votre identifiant national d'élève (INE).
linked-by-mail = { $source } nous a donné votre adresse électronique professionnelle : l'annuaire a la même.
linked-by-pivot = { $source } nous a donné votre état civil (noms, prénoms, date et lieu de naissance) : l'annuaire a le même.
linked-by-code = Vous avez tapé votre code d'activation.
linked-by-password = Vous avez tapé votre mot de passe de l'ENT.
linked-by-session = Vous étiez déjà dans ce compte quand vous avez relié l'autre.
linked-by-creation = Ce compte a été créé à votre première connexion, avec ce que { $source } nous a dit de vous.
linked-by-administrator = Un administrateur a relié les deux comptes.
unlink-title = Ne plus entrer avec { $source } ?
unlink-text = Votre compte { $source } ne sera plus relié à celui-ci, et les connexions ouvertes par ce moyen seront fermées. Pour le relier à nouveau, il faudra refaire la démarche.
unlink-remains = Vous pourrez toujours entrer avec :
unlink-password = votre mot de passe de l'ENT
unlink-confirm = Retirer ce moyen
unlink-cancel = Le garder

## Pour qui, où
context-service = Pour ouvrir { $service }.
context-closing = Les services ouverts pour votre choix précédent vont être fermés :
context-later = Vous pourrez changer à tout moment depuis l'accueil, sans vous reconnecter.
context-closes = Quand vous changez, les services ouverts pour le choix précédent sont fermés ; ceux qui ne peuvent pas l'être vous sont indiqués.
context-open-title = Votre choix a changé
context-open-lead = Des services ouverts pour votre choix précédent ne peuvent pas être fermés d'ici.
context-open-list = Déconnectez-vous vous-même de ces services, ou fermez le navigateur :
context-open-closed = Ces services ont été fermés :
context-why-child = Vous êtes responsable de cet élève. Origine : { $source }.
context-why-school = Votre profil ici : { $profile }. Origine : { $source }.
context-both-title = Pour qui, ou dans quel établissement ?
context-both-all = Tous mes enfants et tous mes établissements
context-both-note = Seuls les services de l'enfant ou de l'établissement choisi sont affichés.
context-school-title = Dans quel établissement ?
context-school-all = Tous mes établissements
context-school-note = Seuls les services de l'établissement choisi sont affichés.

## Quitter aussi la source
signed-out-title-almost = Déconnexion presque terminée
signed-out-almost = Vous avez quitté cet espace. Il reste une chose à faire.
signed-out-source-done = La connexion à { $source } est fermée aussi.
signed-out-source-still = Vous êtes encore connecté à { $source }
signed-out-source-risk = Sur un ordinateur partagé, la personne suivante pourrait entrer avec votre compte.
signed-out-source-continue = Continuer vers { $source } pour s'y déconnecter
signed-out-source-leave = Quitter { $source }
signed-out-source-close = Pour en sortir, fermez toutes les fenêtres du navigateur.

## Compte : moyens de connexion
account-links = Mes moyens de connexion
account-links-text = Avec ces comptes, vous entrez ici sans autre mot de passe.
account-links-none = Aucun autre compte n'est relié à celui-ci.
account-link-since = Relié le { $date }
account-link-last = Dernière utilisation le { $date }
account-link-why = Pourquoi est-il relié ?
account-link-remove = Retirer
account-link-remove-which = Retirer { $source } de mes moyens de connexion
account-link-kept = C'est votre seul moyen d'entrer : il ne peut pas être retiré.
account-link-another = Relier un autre compte
account-link-another-text = Vous irez vous y identifier, puis vous reviendrez ici.
account-linked = C'est fait : ce compte est relié.
account-unlinked = C'est fait : ce moyen de connexion est retiré.
account-password-none = Vous n'avez pas de mot de passe de l'ENT.
account-password-choose = Choisir un mot de passe
password-first-title = Choisir un mot de passe
password-first-text = Il vous servira si votre moyen de connexion habituel ne répond pas.
password-first-submit = Enregistrer le mot de passe

## Problèmes avec une source : titre, explication, conseil
source-others = Autres moyens de connexion
source-silent-title = { $source } ne répond pas
source-silent-text = Nous avons attendu une réponse, en vain. Cela ne vient ni de vous, ni de votre mot de passe.
source-silent-advice = Réessayez dans quelques minutes.
source-unusable-title = { $source } n'est pas utilisable pour le moment
source-unusable-text = Un réglage est à revoir entre cet espace et { $source }. Ce n'est pas votre faute.
source-unusable-advice = Choisissez un autre moyen de connexion. Si vous n'en avez pas, signalez-le avec la référence ci-dessous.
source-refused-title = La connexion avec { $source } n'a pas abouti
source-refused-text = Vous avez peut-être annulé, ou { $source } n'a pas voulu vous identifier. Rien n'a été ouvert.
source-refused-advice = Recommencez, ou choisissez un autre moyen de connexion.
source-disbelieved-title = Nous n'avons pas pu vérifier la réponse
source-disbelieved-text = Une réponse signée « { $source } » est arrivée, mais elle n'a pas passé nos contrôles de sécurité. Rien n'a été ouvert.
source-disbelieved-advice = Recommencez depuis la page de connexion. Si cela se reproduit, donnez la référence ci-dessous à l'assistance.
source-untrusted-title = { $source } ne peut pas ouvrir cet établissement
source-untrusted-text = La réponse concerne un établissement ou un profil qui ne dépend pas de ce moyen de connexion. Rien n'a été ouvert.
source-untrusted-advice = Passez par le moyen de connexion de votre établissement. C'est une erreur ? Montrez cette page à son référent numérique.
source-weak-title = La connexion avec { $source } n'est pas assez sûre
source-weak-text = Vous êtes bien identifié, mais sans la preuve de plus que ce service demande.
source-weak-advice = Passez par un moyen plus sûr. Si vous n'en avez pas, demandez au référent numérique de votre établissement.
source-late-title = La réponse est arrivée trop tard
source-late-text = Beaucoup de temps a passé pendant votre connexion avec { $source }, ou cette page a été rechargée. Par sécurité, cette réponse n'est plus acceptée.
source-late-advice = Recommencez : rien n'a été perdu.
source-elsewhere-title = Cette connexion a commencé ailleurs
source-elsewhere-text = Nous ne trouvons pas, dans ce navigateur, le début de votre connexion avec { $source }.
source-elsewhere-advice = Recommencez ici, du début à la fin, et vérifiez que votre navigateur accepte les cookies. Quelqu'un vous a envoyé ce lien ? Ne continuez pas : c'est peut-être un piège.
source-unasked-title = Partez de la page de connexion
source-unasked-text = { $source } vous envoie ici, mais votre connexion n'a pas commencé ici. Par sécurité, nous n'acceptons pas ces arrivées.
source-unasked-advice = Ouvrez la page de connexion, puis choisissez { $source }.
