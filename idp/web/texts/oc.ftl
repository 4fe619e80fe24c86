# Tèxtes de las paginas, en occitan (lengadocian).

## Quadre comun
skip-to-content = Anar al contengut
language-switch = Lenga
menu-account = Mon compte
menu-logout = Se desconnectar
signed-in-as = Compte de { $name }
footer-accessibility = Accessibilitat : en partida confòrma
footer-charter = Carta d'utilizacion
footer-help = Ajuda
error-prefix = Error
back-home = Tornar a l'acuèlh

## Perfils
profile-pupil = Escolan
profile-guardian = Responsable d'escolan
profile-teacher = Ensenhaire
profile-librarian = Professor documentalista
profile-head = Direccion d'establiment
profile-school-life = Vida escolara
profile-staff = Personal de l'establiment
profile-academy = Acadèmia
profile-authority = Collectivitat
profile-citizen = Ciutadan

## Connexion
login-title = Se connectar
login-for-service = Per dobrir { $service }, connectatz-vos.
login-confirm-title = Confirmatz qu'es vos
login-confirm-text = Aqueste servici demanda de picar tornarmai vòstre senhal.
login-confirm-service = { $service } demanda de picar tornarmai vòstre senhal.
login-username = Identificant
login-username-hint = Per exemple : prenom.nom
login-password = Senhal
login-show-password = Far veire lo senhal
login-hide-password = Amagar lo senhal
login-remember = Demorar connectat sus aqueste aparelh
login-remember-hint = Sonque se degun mai l'utiliza pas. Pas jamai sus un ordenador partejat.
login-submit = Se connectar
login-first-title = Primièra connexion ?
login-first-text = Picatz lo còdi d'activacion recebut sus papièr a la plaça del senhal.
login-lost-title = Senhal o còdi perdut ?
login-lost-text = Demandatz un còdi novèl a l'acuèlh o al secretariat de vòstre establiment.
login-lost-contact = Contacte : { $contact }
login-why-safe = Verificatz l'adreça : sètz plan sus { $host }.
problem-login-wrong = L'identificant o lo senhal es pas lo bon. Verificatz las majusculas, puèi ensajatz tornarmai.
problem-login-wait = { $seconds ->
        [one] Tròp d'ensages an fracassat. Esperatz una segonda abans d'ensajar tornarmai.
       *[other] Tròp d'ensages an fracassat. Esperatz { $seconds } segondas abans d'ensajar tornarmai.
    }
problem-login-busy = Fòrça monde se connècta al meteis temps. Esperatz qualques segondas, puèi picatz tornarmai vòstre senhal. I a pas res d'anormal de vòstre costat.

## Causir sos identificants
credentials-title = Causissètz vòstre senhal
credentials-welcome = Bonjorn { $name }. Vòstre compte es gaireben prèst.
credentials-login = Vòstre identificant (ne podètz causir un autre)
credentials-login-hint = Letras sens accent, chifras, punts e jonhents. Se ne cambiatz, l'ancian demorarà valable.
credentials-password = Senhal novèl
credentials-again = Lo meteis senhal, un segond còp
credentials-rules = Çò que fa un bon senhal
credentials-rule-length = Almens { $count } caractèrs. Qualques mots que vos fan sorire bastan : « trotineta verda jos la pluèja ».
credentials-rule-common = Pas un senhal que tot lo monde coneis, coma « azerty » o « 12345678 », ni mai un sol mot o una data.
credentials-rule-personal = Pas vòstre nom, vòstre identificant, vòstra classa, vòstre establiment ni vòstra vila.
credentials-rule-free = Los espacis e los accents son permeses. Chifras e majusculas son pas obligatòrias.
credentials-submit = Enregistrar e contunhar
problem-alias-taken = Aqueste identificant es ja pres. Causissètz-ne un autre.
problem-alias-form = Aqueste identificant conven pas : cal almens 3 caractèrs, demest las letras sens accent, las chifras, los punts e los jonhents.
problem-password-short = Aqueste senhal es tròp cort : cal almens { $count } caractèrs.
problem-password-long = Aqueste senhal es tròp long.
problem-password-common = Aqueste senhal es un dels primièrs que qualqu'un ensajariá. Causissètz-ne un autre, per exemple qualques mots que van pas ensemble.
problem-password-personal = Aqueste senhal conten sustot vòstre nom, vòstre identificant, vòstra classa, vòstre establiment o vòstra vila. Causissètz-ne un autre.
problem-password-differs = Los dos senhals son pas los meteisses. Picatz-los tornarmai.
problem-form-summary = Un camp es de corregir : l'explicacion es donada al costat.

## Carta
charter-title = Carta d'utilizacion
charter-ask = Legissètz aquesta carta amb atencion. S'avètz mens de 15 ans, legissètz-la amb vòstres parents.
charter-version = Version { $version }
charter-accept = Ai legit la carta e m'engatgi a la respectar
charter-submit = Acceptar e contunhar
charter-refuse = Refusar e se desconnectar
problem-charter = Per contunhar, marcatz la casa que ditz qu'avètz legit la carta.
charter-purpose-title = De qué servís aqueste espaci
charter-purpose-text = Aqueste espaci numeric recampa dins un sol endrech los servicis de vòstre establiment e de la region : quasèrn de tèxtes, nòtas, messatjariá, ressorsas, orientacion. Servís a aprene, a ensenhar e a s'informar.
charter-account-title = Vòstre compte es vòstre
charter-account-text = Vòstre identificant e vòstre senhal son personals. Los donetz pas a degun, quitament a un amic, e vos servigatz pas jamai del compte d'un autre. Se pensatz que qualqu'un coneis vòstre senhal, cambiatz-lo e avisatz un adulte de l'establiment.
charter-respect-title = Respectar los autres
charter-respect-text = Escrivètz coma parlariatz a la persona en fàcia. Los insults, l'assetjament, los prepauses racistas o discriminatòris son enebits e punits per la lei. Publiquetz pas cap de fòto, de vidèo o d'informacion sus qualqu'un sens son acòrdi. En cas d'assetjament, coma victima o coma testimòni, sonatz lo 3018 : es gratuit e confidencial.
charter-work-title = Respectar lo trabalh dels autres
charter-work-text = Los tèxtes, imatges, musicas e logicials apartenon als que los an faches. Citatz vòstras fonts e copietz pas que çò qu'avètz lo drech de copiar.
charter-data-title = Vòstras donadas
charter-data-text = La region, l'acadèmia e vòstre establiment tractan las donadas necessàrias al servici : vòstra identitat, vòstra classa o vòstra foncion, vòstras connexions. Cada servici recep pas que çò que li cal ; la pagina « Mon compte » vos mòstra qué e quora. Res es pas vendut, e i a pas ni publicitat ni seguiment. Podètz consultar vòstras donadas e las far corregir en vos adreçant a vòstre establiment o al delegat a la proteccion de las donadas, e sasir la CNIL.
charter-rules-title = Se la carta es pas respectada
charter-rules-text = L'establiment pòt suspendre l'accès a un compte e aplicar las sancions de son reglament interior. Las connexions son enregistradas pendent un an al mai, per la seguretat de totes.

## Portal
portal-title = Acuèlh
portal-greeting = Bonjorn { $name }
portal-search = Cercar un servici
portal-search-button = Cercar
portal-search-clear = Veire totes los servicis
portal-search-results = { $count ->
        [0] Cap de servici correspond pas a « { $query } ».
        [one] Un servici correspond a « { $query } ».
       *[other] { $count } servicis correspondon a « { $query } ».
    }
portal-empty-title = Cap de servici pel moment
portal-empty-text = Vòstres servicis apareisseràn aicí tre que vòstre establiment los aurà dobèrts. S'aquò vos estona, adreçatz-vos al referent numeric de vòstre establiment.
portal-favourites = Mos favorits
portal-favourite-add = Apondre { $service } als favorits
portal-favourite-remove = Levar { $service } dels favorits
portal-why = Perqué aqueste servici ?
portal-why-intro = Aqueste servici vos es dobèrt perque sètz :
portal-why-line = { $profile } — { $structure }
portal-announcements = Anóncias
portal-announcement-everybody = Per totes
portal-child-title = Per quin enfant ?
portal-child-current = Afichat ara
portal-child-all = Totes mos enfants
portal-child-note = La causida d'un enfant aficha pas que los servicis de son establiment.
category-pedagogy = Pedagogia
category-school-life = Vida escolara
category-resources = Ressorsas
category-orientation = Orientacion
category-services = Servicis de la region
category-tools = Espleches

## Compte
account-title = Mon compte
account-identity = Vòstra identitat
account-identity-text = Vaquí çò que la region sap de vos. Una error ? Demandatz la correccion al secretariat de vòstre establiment : las informacions venon de sa basa.
account-name = Nom
account-birth-name = Nom de naissença
account-birth-date = Data de naissença
account-login = Identificant
account-mail = Adreça electronica
account-sources = Origina de las informacions
account-source-line = { $source }, numèro { $key }
account-source-local = Picada per l'administracion
account-affiliations = Vòstres establiments
account-no-affiliation = Cap d'establiment pel moment.
account-classes = Classas
account-groups = Gropes
account-functions = Foncions
account-children = Vòstres enfants
account-guardians = Vòstres responsables
account-security = Connexion
account-password = Senhal
account-password-change = Cambiar lo senhal
account-password-since = Cambiat lo { $date }
account-charter = Carta
account-charter-accepted = Acceptada lo { $date }
account-charter-read = Legir la carta
account-sessions = Vòstras connexions en cors
account-sessions-text = Ne reconeissètz pas una ? Desconnectatz-la, puèi cambiatz vòstre senhal.
account-session-current = Aqueste aparelh
account-session-since = Dobèrta lo { $date }
account-session-seen = Darrièra activitat lo { $date }
account-session-address = Adreça { $address }
account-session-remembered = Demòra connectat
account-session-end = Desconnectar
account-session-end-which = Desconnectar { $device }, dobèrta lo { $date }
account-sessions-end-others = Desconnectar totes los autres aparelhs
account-sessions-ended = Es fach : la connexion es tampada.
account-password-changed = Es fach : vòstre senhal es cambiat e vòstres autres aparelhs son desconnectats.
account-grants = Servicis autorizats
account-grants-text = Avètz donat vòstre acòrdi a aquestes servicis, o lor accès dura quand sètz pas aquí. Lo podètz levar quora que siá.
account-grants-none = Cap de servici a pas vòstre acòrdi ni accès quand sètz pas aquí. Los que vos lo demandaràn apareisseràn aicí.
account-grants-kept = Un servici que li levatz l'accès recep pas mai res, mas pòt gardar çò qu'a ja recebut : demandatz-li de l'escafar.
account-grants-revoked = Es fach : aqueste servici a pas mai accès a vòstras informacions.
account-grant-receives = Çò que pòt recebre :
account-grant-lasting = Quitament quand sètz pas aquí
account-grant-since = Autorizat lo { $date }
account-grant-last = Darrièra utilizacion lo { $date }
account-grant-revoke = Levar l'accès
account-grant-revoke-which = Levar l'accès de { $service }
account-services = Çò que los servicis an recebut
account-services-text = Cada servici recep pas que las informacions que li cal. Vos reconeis a un numèro, que trobatz aquí : donatz-lo a l'assisténcia del servici se vos lo demanda. Es pas un senhal : degun pòt pas se connectar amb el.
account-services-none = Cap de servici a pas encara res recebut.
account-service = Servici
account-service-last = Darrièra dobertura
account-service-number = Vòstre numèro dins aqueste servici :
account-service-received = Informacions recebudas

## Informacions transmesas als servicis
attribute-pairwise-id = un numèro pròpri a aqueste servici
attribute-uid = vòstre numèro dins l'espaci numeric
attribute-login = vòstre identificant
attribute-external-id = vòstre numèro dins l'annuari escolar
attribute-family-name = vòstre nom
attribute-given-name = vòstre prenom
attribute-title = vòstra civilitat
attribute-profile = vòstre perfil
attribute-structures = vòstres establiments
attribute-classes = vòstras classas
attribute-groups = vòstres gropes
attribute-functions = vòstras foncions
attribute-schooling = vòstre nivèl e vòstra formacion
attribute-subjects = vòstras matèrias
attribute-mail = vòstra adreça electronica
attribute-birth-date = vòstra data de naissença
attribute-ine = vòstre identificant nacional d'escolan
attribute-children = vòstres enfants
attribute-guardians = vòstres responsables
attribute-postal-code = vòstre còdi postal
attribute-address = vòstra adreça postala
attribute-phones = vòstres numèros de telefòn
attribute-school-life = mièja pension, borsa e transpòrt
attribute-further = d'informacions complementàrias

## Demanda d'un servici
new-tab = (onglet novèl)
consent-lasting = Durada : quitament quand sètz pas aquí, fins que levetz vòstre acòrdi.
consent-passing = Durada : sonque pendent que sètz connectat.
consent-title = { $service } demanda de recebre aquestas informacions
consent-home = Site del servici :
consent-policy = Çò qu'aqueste servici fa de vòstras informacions
consent-terms = Sas condicions d'utilizacion
consent-allow = Acceptar
consent-deny = Refusar
consent-refusal = Se refusatz, res es pas mandat.
consent-later = Poiretz cambiar d'avís quora que siá : « Mon compte », puèi « Servicis autorizats ».
choose-account-title = Contunhar amb aqueste compte ?
choose-account-service = Per dobrir { $service }.
choose-account-login = Identificant : { $login }
choose-account-continue = Òc, contunhar
choose-account-other = Utilizar un autre compte
choose-account-hint = Es pas vos ? Utilizatz un autre compte : caldrà son identificant e son senhal.

## Còdi afichat sus un ecran
device-title = Recopiatz lo còdi de l'ecran
device-lead = Una bòrna, un tablèu o una television vos mòstra un còdi ? Recopiatz-lo aicí : l'ecran se dobrirà amb vòstre compte.
device-code = Còdi afichat sus l'ecran
device-code-hint = Uèch letras, coma BCDF-GHJK. Las majusculas e lo jonhent comptan pas.
device-submit = Contunhar
device-trap = Recopiatz sonque lo còdi d'un ecran qu'es davant vos. Se qualqu'un vos a mandat un còdi, es una trapèla : tampatz aquesta pagina.
problem-device-unknown = Cap d'ecran espèra pas aqueste còdi. Verificatz cada letra ; se l'ecran ne mòstra un autre, recopiatz lo novèl.
problem-device-missing = Recopiatz d'en primièr lo còdi afichat sus l'ecran.
problem-device-wait = { $minutes ->
        [one] Tròp d'ensages an fracassat. Esperatz una minuta abans d'ensajar tornarmai.
       *[other] Tròp d'ensages an fracassat. Esperatz { $minutes } minutas abans d'ensajar tornarmai.
    }
device-confirm-title = Vesètz aqueste còdi, ara meteis, sus un ecran davant vos ?
device-confirm-trap = Qualqu'un vos a mandat aqueste còdi, o vos ditz de quichar sus « Òc » ? Es una trapèla per se servir de vòstre compte. Respondètz « Non ».
device-confirm-effect = Se respondètz « Òc », { $service } se dobrirà sus aqueste ecran amb vòstre compte e recebrà :
device-allow = Òc, davant ieu
device-deny = Non, pas davant ieu
device-allowed-title = Es fach : agachatz l'ecran
device-allowed-text = { $service } se dobrís amb vòstre compte sus l'ecran que mostrava lo còdi. Podètz tampar aquesta pagina.
device-allowed-after = Aqueste ecran servís a d'autres ? Abans de partir, quitatz { $service } sus l'ecran.
device-denied-title = Res es pas estat dobèrt
device-denied-text = { $service } se dobrirà pas amb vòstre compte, e aqueste còdi val pas mai res.
device-denied-trap = Qualqu'un vos aviá mandat aqueste còdi ? Parlatz-ne a un adulte o al referent numeric de vòstre establiment.

## Cambiar de senhal
password-title = Cambiar lo senhal
password-current = Senhal actual
password-submit = Cambiar lo senhal
password-consequence = Vòstres autres aparelhs seràn desconnectats.
problem-password-current = Es pas vòstre senhal actual.
cancel = Anullar

## Desconnexion
logout-title = Se desconnectar ?
logout-text = Anatz quitar l'espaci numeric e totes los servicis dobèrts dempuèi aqueste aparelh.
logout-confirm = Se desconnectar
logout-stay = Demorar connectat
service-logout-title = { $service } vos propausa de vos desconnectar
service-logout-title-unnamed = Un servici vos propausa de vos desconnectar
service-logout-text = En vos desconnectant, quitatz tanben l'espaci numeric e totes los servicis dobèrts dempuèi aqueste navegador.
service-logout-doubt = Avètz pas res demandat ? Demoratz connectat : res cambiarà pas.
signed-out-title = Desconnexion acabada
signed-out-text = Podètz tampar aquesta pagina. Sus un ordenador partejat, tampatz tanben lo navegador.
signed-out-already = Cap de connexion èra pas dobèrta sus aqueste aparelh.
signed-out-services = Los servicis qu'aviatz dobèrts
signed-out-told = avisat
signed-out-pending = lo sèm a avisar
signed-out-failed = a pas respondut : tampatz son onglet
signed-out-asked = avisat dins aqueste navegador : per prudéncia, tampatz tanben son onglet
signed-out-frame = Desconnexion de { $service }
signed-out-by-hand = Encara connectat ? Quitar { $service }
signed-out-refresh = Actualizar la lista
signed-out-again = Se connectar tornarmai

## Passatge cap a un servici
warn-title = Anatz dobrir { $service }
warn-text = Avètz demandat un avertiment abans cada servici. { $service } saupà qual sètz.
warn-confirm = Dobrir { $service }
warn-cancel = Lo dobrir pas
onward-title = Dobertura de { $service }
onward-text = Se res se passa pas, quichatz lo boton.
onward-button = Contunhar cap a { $service }

## Refús
refused-title = { $service } es pas dobèrt per vos
refused-not-named = Aqueste servici es pas previst per vòstre perfil dins vòstre establiment.
refused-out-of-period = Aqueste servici es pas dobèrt ara : son periòde a pas començat o es acabat.
refused-disabled = Aqueste servici es arrestat pel moment.
refused-gone = Sètz pas mai restacat a cap d'establiment.
refused-who = Vòstre perfil, vist per l'espaci numeric :
refused-ask = Pensatz qu'es una error ? Mostratz aquesta pagina al referent numeric o al secretariat de vòstre establiment.
refused-switch = Es pas vos ? Desconnectatz-vos, puèi tornatz-vos connectar amb vòstre compte.
refused-back = Tornar a { $service } sens lo dobrir

## Paginas d'error
error-reference = Referéncia de donar se demandatz d'ajuda :
error-retry = Ensajar tornarmai
error-login-again = Tornar a la pagina de connexion
error-bad-request-title = Demanda pas compresa
error-bad-request-text = L'adreça o lo formulari recebut a pas la bona forma.
error-bad-request-advice = Tornatz a l'acuèlh e recomençatz. S'aquò se tòrna far, senhalatz-lo amb la referéncia çai jos.
error-form-refused-title = Aqueste formulari es pas estat acceptat
error-form-refused-text = Per seguretat, un formulari deu partir de la pagina qu'avèm afichada dins aqueste navegador. Aqueste èra tròp vièlh o veniá d'endacòm mai.
error-form-refused-advice = Tornatz a la pagina, recargatz-la e recomençatz. Verificatz que vòstre navegador accepta los cookies.
error-cookies-title = Los cookies son necessaris
error-cookies-text = Vòstre navegador a pas tornat mandar lo cookie que protegís la connexion.
error-cookies-advice = Autorizatz los cookies per aqueste site, puèi recomençatz. Servisson pas qu'a vòstra connexion : cap de seguiment.
error-expired-title = Aquesta pagina a esperat tròp longtemps
error-expired-text = Per seguretat, una connexion se deu acabar en 30 minutas. Res es pas estat perdut.
error-expired-advice = Recomençatz dempuèi lo començament : tornatz al servici que voliatz dobrir, o a la pagina de connexion.
error-spent-title = Aquesta demanda espèra pas mai de responsa
error-spent-text = A ja recebut sa responsa, per exemple dins una autra fenèstra, o a esperat tròp longtemps.
error-spent-advice = Agachatz d'en primièr vòstras autras fenèstras : benlèu que lo servici i es dobèrt. Autrament, dobrissètz-lo tornarmai.
error-unknown-service-title = Servici desconegut
error-unknown-service-text = L'adreça que demanda la connexion aparten pas a cap de servici declarat dins aqueste espaci numeric. Vòstras informacions li son pas estadas transmesas.
error-unknown-service-advice = Dobrissètz lo servici dempuèi l'acuèlh. S'administratz aqueste servici, fasètz declarar son adreça.
error-service-request-title = Podèm pas respondre a aqueste servici
error-service-request-text = Lo servici que vos a mandat aicí nos a adreçat una demanda que podèm pas acceptar. Res es pas estat mandat a degun, e es pas de vòstra fauta.
error-service-request-advice = Dobrissètz tornarmai lo servici, dempuèi sa pròpria pagina o dempuèi l'acuèlh. Administratz aqueste servici ? Sa demanda es incompleta, a ja servit o correspond pas a sa declaracion : la referéncia çai jos permet de saber quina de las tres.
error-looping-title = Aqueste servici vira en redond
error-looping-text = Lo servici vos torna mandar aicí sens relambi sens acceptar la connexion. Avèm arrestat la bocla.
error-looping-advice = Esperatz una minuta, puèi ensajatz tornarmai dempuèi l'acuèlh. S'aquò se tòrna far, senhalatz-lo amb la referéncia çai jos.
error-not-found-title = Pagina pas trobada
error-not-found-text = I a pas res a aquesta adreça.
error-not-found-advice = Verificatz l'adreça, o tornatz partir de l'acuèlh.
error-method-title = Aquesta pagina se dobrís pas atal
error-method-text = L'adreça existís, mas pas per aquesta mena de demanda.
error-method-advice = Tornatz partir de l'acuèlh.
error-too-large-title = Demanda tròp longa
error-too-large-text = L'adreça o lo formulari despassa la talha permesa.
error-too-large-advice = Tornatz partir de l'acuèlh e recomençatz.
error-misdirected-title = Marrida adreça
error-misdirected-text = Aqueste espaci numeric respond pas jos aqueste nom.
error-misdirected-advice = Utilizatz l'adreça donada per vòstre establiment.
error-too-many-title = Tròp de demandas
error-too-many-text = Tròp de demandas son arribadas en pauc de temps.
error-too-many-advice = Esperatz una minuta, puèi ensajatz tornarmai.
error-internal-title = Un problèma de nòstre costat
error-internal-text = Quicòm a pas foncionat. Es pas de vòstra fauta.
error-internal-advice = Ensajatz tornarmai d'aquí un momenton. S'aquò se tòrna far, senhalatz-lo amb la referéncia çai jos.
error-unavailable-title = Servici momentanèament indisponible
error-unavailable-text = L'espaci numeric pòt pas respondre ara. Fasèm lo necessari.
error-unavailable-advice = Ensajatz tornarmai d'aquí una estona.

## Declaracion d'accessibilitat
accessibility-title = Declaracion d'accessibilitat
accessibility-intro = { $region } s'engatja a rendre aqueste espaci numeric accessible a totes, segon l'article 47 de la lei n° 2005-102 del 11 de febrièr de 2005. Aquesta declaracion concernís las paginas de connexion, l'acuèlh e lo compte.
accessibility-state-title = Estat de conformitat
accessibility-state-text = Aquestas paginas son en partida confòrmas al referencial general de melhorament de l'accessibilitat (RGAA 4.1, nivèl AA) : son verificadas a cada version per una aisina automatica e relegidas per sos autors, mas son pas encara estadas auditadas per un tèrç.
accessibility-done-title = Çò qu'es fach
accessibility-done-keyboard = Tot fonciona al clavièr, e l'element actiu es totjorn visible.
accessibility-done-contrast = Los tèxtes an un contraste d'almens 4,5 sus 1, en mòde clar coma en mòde escur.
accessibility-done-zoom = Las paginas demòran legiblas a 200 % e sus un ecran de 320 pixèls de larg.
accessibility-done-script = Tot fonciona sens JavaScript.
accessibility-done-words = Las errors son dichas amb de mots, prèp del camp concernit.
accessibility-gap-title = Çò que l'es pas
accessibility-gap-text = Los noms e las descripcions dels servicis, e mai las anóncias, son escriches pels establiments e son pas totes revirats. Los servicis dobèrts dempuèi l'acuèlh an lor pròpria declaracion.
accessibility-contact-title = Senhalar un obstacle
accessibility-contact-text = Se podètz pas accedir a un contengut, escrivètz-nos : vos respondrem e cercarem una solucion amb vos.
accessibility-remedy-title = Vias de recors
accessibility-remedy-text = Sens responsa satisfasenta, podètz sasir lo Defensor dels dreches, per son formulari en linha, per son delegat dins vòstra region, o per corrièr gratuit : Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07.

## Datas
date = { $day } { $month } { $year }
date-time = { $day } { $month } { $year } a { $time }
month-1 = de genièr de
month-2 = de febrièr de
month-3 = de març de
month-4 = d'abril de
month-5 = de mai de
month-6 = de junh de
month-7 = de julhet de
month-8 = d'agost de
month-9 = de setembre de
month-10 = d'octobre de
month-11 = de novembre de
month-12 = de decembre de
