# Tèxtes de las paginas per las qualas d'autres sistèmas dison qual òm es : causida, ligam, contèxt, partença.

## Causir per ont dintrar
who-title = Qual sètz ?
who-title-else = Autrament, qual sètz ?
who-family = Escolan o parent
who-agent = Agent : ensenhaire, personal, collectivitat
who-agriculture = Licèu agricòla
who-university = Universitat
who-citizen = Ciutadan
who-local = Ai un identificant de l'ENT
choice-last = Lo darrièr còp sus aqueste aparelh
choice-of-school = Dins vòstre establiment
choice-of-service = Per { $service }
login-local-title = Amb un identificant de l'ENT
login-confirm-again = Aqueste servici vos demanda de vos identificar tornarmai.
login-confirm-again-service = { $service } vos demanda de vos identificar tornarmai.
source-with = Se connectar amb { $source }
source-identify-with = S'identificar amb
source-what = Qu'es aquò, { $source } ?
source-anyway = Ensajar çaquelà
source-down = { $source } respond pas ara.
source-down-since = { $source } respond pas dempuèi { $since }.
source-down-wait = Ven pas de vos. Ensajatz tornarmai d'aquí qualques minutas.
around-intro = Del temps qu'esperatz, podètz dintrar autrament :
around-password = amb vòstre identificant e vòstre senhal de l'ENT, se n'avètz
around-code = amb vòstre identificant e lo còdi d'activacion recebut sus papièr
around-school = amb un còdi demandat a l'acuèlh o al secretariat de vòstre establiment
way-elsewhere = Causir un autre mejan de connexion

## Cercar son establiment
school-other = Es pas vòstre establiment ?
school-search-link = Cercar mon establiment
school-search-title = Cercar mon establiment
school-search-label = Nom, comuna o numèro (UAI)
school-search-hint = Per exemple : Bellevue, Albi o 0311234Y.
school-search-short = Escrivètz almens doas letras.
school-search-none = Cap d'establiment correspond pas a « { $query } ».
school-search-advice = Verificatz l'ortografia, o escrivètz sonque la comuna.
school-search-found = { $count ->
        [one] Un establiment correspond.
       *[other] { $count } establiments correspondon.
    }
school-search-more = Vaquí los { $count } primièrs, mas n'i a d'autres. Escrivètz-ne un pauc mai, per exemple la comuna.
school-search-back = Tornar a la connexion

## Connexion mai segura
stronger-title = { $service } demanda una connexion mai segura
stronger-title-unnamed = Aqueste servici demanda una connexion mai segura
stronger-text = Aqueste servici protegís d'informacions sensiblas : cal un mejan de connexion mai segur que d'acostumat.
stronger-sources = Los mejans pro segurs
stronger-none = Cap de mejan pro segur es pas dobèrt aicí pel moment. Demandatz al referent numeric de vòstre establiment.
stronger-cancel = Tornar a l'acuèlh sens lo dobrir
stronger-why-title = Perqué ?
stronger-why-text = Un senhal se pòt endevinar o raubar. Per aqueste servici, verificam un còp de mai que sètz plan vos, per exemple amb vòstre telefòn.

## Senhal de l'establiment
directory-title = Se connectar – { $owner }
directory-which = Picatz l'identificant e lo senhal qu'utilizatz suls ordenadors de l'establiment. Son pas los de l'ENT.
directory-username = Identificant de l'establiment
directory-password = Senhal de l'establiment
directory-lost-title = Senhal perdut ?
directory-lost-text = Aqueste senhal aparten a l'establiment ({ $owner }) : sol el vos ne pòt donar un autre. Demandatz a l'acuèlh o al referent numeric.
problem-directory-wrong = { $owner } reconeis pas aqueste identificant o aqueste senhal. Verificatz las majusculas, e qu'es pas vòstre senhal de l'ENT.
problem-directory-silent = { $owner } respond pas : vòstre senhal es benlèu lo bon. Esperatz una minuta, puèi ensajatz tornarmai, o causissètz un autre mejan de connexion.

## Degun es pas reconegut
unknown-nobody-title = Vos reconeissèm pas encara
unknown-nobody-text = Sètz plan identificat amb { $source }, mas aquò a pas bastat per vos reconéisser aicí. Arriba sovent a la debuta de l'annada, o après un cambiament d'establiment.
unknown-several-title = Sèm pas segurs de qual sètz
unknown-several-text = Sètz plan identificat amb { $source }, mas çò que nos es estat dich pòt designar mai d'una persona. Per dobrir pas jamai lo compte de qualqu'un mai, ne dobrissèm pas cap.
unknown-scope-title = { $source } basta pas per dintrar aicí
unknown-scope-text = Sètz plan identificat amb { $source }, mas aqueste mejan de connexion es pas previst per vòstre establiment o vòstre perfil.
unknown-link-title = Avètz un còdi d'activacion o un senhal de l'ENT ?
unknown-link-text = Picatz-lo un sol còp : vòstre compte { $source } serà ligat, e n'auretz pas mai besonh.
unknown-login = Identificant de l'ENT
unknown-password = Senhal de l'ENT o còdi d'activacion
unknown-link-submit = Ligar mon compte
unknown-ask-title = N'avètz pas ?
unknown-ask-title-only = Qué far ?
unknown-ask-text = Demandatz un còdi d'activacion a l'acuèlh, al secretariat o al referent numeric de vòstre establiment.
unknown-bring-intro = Parents, portatz a l'establiment de vòstre enfant :
unknown-bring-identity = vòstra pèça d'identitat
unknown-bring-child = lo nom, lo prenom e la classa de vòstre enfant
unknown-bring-page = una fòto d'aquesta pagina, amb la referéncia escricha en bas
unknown-other-title = Ensajar autrament

## Comptes ligats
linked-title = Vòstre compte { $source } es ara ligat
linked-account-of = a aqueste compte de l'ENT :
linked-text = Lo còp que ven, dintratz dirèctament amb { $source }.
linked-why = Perqué aqueste compte ?
linked-changes = Çò qu'a cambiat
linked-password-gone = Vòstre ancian senhal de l'ENT fonciona pas mai.
linked-code-gone = Vòstre còdi d'activacion fonciona pas mai : podètz getar lo papièr.
linked-sessions-closed = Las connexions dobèrtas sus d'autres aparelhs son estadas tampadas.
linked-may-choose = Volètz çaquelà un senhal de l'ENT ? Causissètz-ne un dins « Mon compte ».
linked-continue = Contunhar
linked-doubt-title = Es pas vòstre compte ?
linked-doubt-text = Contunhetz pas. Desconnectatz-vos, puèi avisatz còp sec lo referent numeric o lo secretariat de vòstre establiment, amb la referéncia çai jos.
linked-by-feed-key = { $source } nos a donat vòstre numèro dins la basa dels establiments.
linked-by-child = { $source } nos a donat vòstre nom e lo numèro d'escolan de vòstre enfant : l'establiment a los meteisses.
linked-by-pupil = { $source } nos a donat vòstre numèro d'escolan : l'establiment a lo meteis.
linked-by-key = { $source } nos a donat vòstre numèro dins l'annuari de l'establiment.
linked-by-ine = { $source } nos a donat vòstre identificant nacional d'escolan (INE).
linked-by-mail = { $source } nos a donat vòstra adreça electronica professionala : l'annuari a la meteissa.
linked-by-pivot = { $source } nos a donat vòstre estat civil (noms, prenoms, data e luòc de naissença) : l'annuari a lo meteis.
linked-by-code = Avètz picat vòstre còdi d'activacion.
linked-by-password = Avètz picat vòstre senhal de l'ENT.
linked-by-session = Èretz ja dins aqueste compte quand avètz ligat l'autre.
linked-by-creation = Aqueste compte es estat creat a vòstra primièra connexion, amb çò que { $source } nos a dich de vos.
linked-by-administrator = Un administrator a ligat los dos comptes.
unlink-title = Dintrar pas mai amb { $source } ?
unlink-text = Vòstre compte { $source } serà pas mai ligat a aqueste, e las connexions dobèrtas per aqueste mejan seràn tampadas. Per lo tornar ligar, caldrà tornar far lo camin.
unlink-remains = Poiretz totjorn dintrar amb :
unlink-password = vòstre senhal de l'ENT
unlink-confirm = Levar aqueste mejan
unlink-cancel = Lo gardar

## Per qual, ont
context-service = Per dobrir { $service }.
context-closing = Los servicis dobèrts per vòstra causida d'abans van èsser tampats :
context-later = Poiretz cambiar quora que siá dempuèi l'acuèlh, sens vos tornar connectar.
context-closes = Quand cambiatz, los servicis dobèrts per la causida d'abans son tampats ; los que se pòdon pas tampar vos son indicats.
context-open-title = Vòstra causida a cambiat
context-open-lead = De servicis dobèrts per vòstra causida d'abans se pòdon pas tampar d'aicí.
context-open-list = Desconnectatz-vos vos-meteis d'aqueles servicis, o tampatz lo navegador :
context-open-closed = Aqueles servicis son estats tampats :
context-why-child = Sètz responsable d'aqueste escolan. Origina : { $source }.
context-why-school = Vòstre perfil aicí : { $profile }. Origina : { $source }.
context-both-title = Per qual, o dins quin establiment ?
context-both-all = Totes mos enfants e totes mos establiments
context-both-note = Sonque los servicis de l'enfant o de l'establiment causit son afichats.
context-school-title = Dins quin establiment ?
context-school-all = Totes mos establiments
context-school-note = Sonque los servicis de l'establiment causit son afichats.

## Quitar tanben la font
signed-out-title-almost = Desconnexion gaireben acabada
signed-out-almost = Avètz quitat aqueste espaci. Demòra una causa de far.
signed-out-source-done = La connexion a { $source } es tampada tanben.
signed-out-source-still = Sètz encara connectat a { $source }
signed-out-source-risk = Sus un ordenador partejat, la persona que ven poiriá dintrar amb vòstre compte.
signed-out-source-continue = Contunhar cap a { $source } per s'i desconnectar
signed-out-source-leave = Quitar { $source }
signed-out-source-close = Per ne sortir, tampatz totas las fenèstras del navegador.

## Compte : mejans de connexion
account-links = Mos mejans de connexion
account-links-text = Amb aquestes comptes, dintratz aicí sens cap d'autre senhal.
account-links-none = Cap d'autre compte es pas ligat a aqueste.
account-link-since = Ligat lo { $date }
account-link-last = Darrièra utilizacion lo { $date }
account-link-why = Perqué es ligat ?
account-link-remove = Levar
account-link-remove-which = Levar { $source } de mos mejans de connexion
account-link-kept = Es vòstre sol mejan de dintrar : se pòt pas levar.
account-link-another = Ligar un autre compte
account-link-another-text = Vos i anaretz identificar, puèi tornaretz aicí.
account-linked = Es fach : aqueste compte es ligat.
account-unlinked = Es fach : aqueste mejan de connexion es levat.
account-password-none = Avètz pas de senhal de l'ENT.
account-password-choose = Causir un senhal
password-first-title = Causir un senhal
password-first-text = Vos servirà se vòstre mejan de connexion abitual respond pas.
password-first-submit = Enregistrar lo senhal

## Problèmas amb una font : títol, explicacion, conselh
source-others = Autres mejans de connexion
source-silent-title = { $source } respond pas
source-silent-text = Avèm esperat una responsa, de bada. Ven pas ni de vos, ni de vòstre senhal.
source-silent-advice = Ensajatz tornarmai d'aquí qualques minutas.
source-unusable-title = { $source } se pòt pas utilizar pel moment
source-unusable-text = I a un reglatge de tornar veire entre aqueste espaci e { $source }. Es pas de vòstra fauta.
source-unusable-advice = Causissètz un autre mejan de connexion. Se n'avètz pas, senhalatz-lo amb la referéncia çai jos.
source-refused-title = La connexion amb { $source } a pas capitat
source-refused-text = Avètz benlèu anullat, o { $source } vos a pas volgut identificar. Res es pas estat dobèrt.
source-refused-advice = Recomençatz, o causissètz un autre mejan de connexion.
source-disbelieved-title = Avèm pas poscut verificar la responsa
source-disbelieved-text = Una responsa signada « { $source } » es arribada, mas a pas passat nòstres contraròtles de seguretat. Res es pas estat dobèrt.
source-disbelieved-advice = Recomençatz dempuèi la pagina de connexion. S'aquò se tòrna far, donatz la referéncia çai jos a l'assisténcia.
source-untrusted-title = { $source } pòt pas dobrir aqueste establiment
source-untrusted-text = La responsa concernís un establiment o un perfil que depend pas d'aqueste mejan de connexion. Res es pas estat dobèrt.
source-untrusted-advice = Passatz pel mejan de connexion de vòstre establiment. Es una error ? Mostratz aquesta pagina a son referent numeric.
source-weak-title = La connexion amb { $source } es pas pro segura
source-weak-text = Sètz plan identificat, mas sens la pròva de mai que demanda aqueste servici.
source-weak-advice = Passatz per un mejan mai segur. Se n'avètz pas, demandatz al referent numeric de vòstre establiment.
source-late-title = La responsa es arribada tròp tard
source-late-text = Fòrça temps a passat pendent vòstra connexion amb { $source }, o aquesta pagina es estada recargada. Per seguretat, aquesta responsa es pas mai acceptada.
source-late-advice = Recomençatz : res es pas estat perdut.
source-elsewhere-title = Aquesta connexion a començat endacòm mai
source-elsewhere-text = Trobam pas, dins aqueste navegador, la debuta de vòstra connexion amb { $source }.
source-elsewhere-advice = Recomençatz aicí, de la debuta a la fin, e verificatz que vòstre navegador accepta los cookies. Qualqu'un vos a mandat aqueste ligam ? Contunhetz pas : es benlèu una trapèla.
source-unasked-title = Partissètz de la pagina de connexion
source-unasked-text = { $source } vos manda aicí, mas vòstra connexion a pas començat aicí. Per seguretat, acceptam pas aquelas arribadas.
source-unasked-advice = Dobrissètz la pagina de connexion, puèi causissètz { $source }.
