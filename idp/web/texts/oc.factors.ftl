# Second factors: asked for at a login, set up on the account.
second-title = Encara una etapa
second-lead = { $name }, confirmatz que sètz plan vos.
second-for = Per dobrir { $service }, cal un còdi en mai.
second-code = Còdi de verificacion
second-code-hint = Las sièis chifras que mòstra vòstra aplicacion, o un còdi de secors imprimit.
second-submit = Confirmar
second-lost-title = Avètz pas vòstre telefòn ?
second-lost-codes = Picatz un dels còdis de secors qu'avètz imprimits : cadun marcha un còp.
second-lost-ask = Autrament, demandatz ajuda a l'acuèlh de vòstre establiment : doas personas verificaràn amassa que sètz plan vos.
problem-second-wrong = Es pas lo bon còdi, o a ja servit. Esperatz que l'aplicacion ne mòstre un autre, puèi ensajatz tornamai.
problem-second-failed = Tròp de còdis falses : per seguretat, tornatz començar.
problem-no-second = Aqueste servici demanda una verificacion dobla, e vòstre compte n'a pas encara. Dintratz d'en primièr dins l'espaci numeric, dobrissètz « Mon compte », puèi « Verificacion dobla ».
problem-link-from-inside = Aqueste compte es protegit per una verificacion dobla. Connectatz-vos d'en primièr amb el, puèi religatz l'autre compte dempuèi « Mon compte ».
second-factors = Verificacion dobla
second-none = Vòstre senhal pòt èsser devinat o panat. Amb un còdi de vòstre telefòn en mai, aquò sufís pas pus per dintrar a vòstra plaça.
second-some = A cada connexion, un còdi vos es demandat aprèp lo senhal.
second-app = Aplicacion de còdis
second-since = Aponduda lo { $date }
second-new = Apondre una aplicacion de còdis
second-another = Apondre una autra aplicacion
second-added = Es fach : aquesta aplicacion es aponduda.
second-removed = Es fach : aquesta aplicacion servís pas pus.
second-codes = Còdis de secors
second-codes-left = { $count ->
    [0] Vos demòra pas cap de còdi de secors.
    [one] Vos demòra { $count } còdi de secors.
   *[other] Vos demòran { $count } còdis de secors.
}
second-codes-since = Fuèlh del { $date }.
second-codes-new = Far un fuèlh novèl
second-codes-made = La verificacion dobla es en plaça. Vaquí vòstres còdis de secors.
second-codes-text = Imprimissètz aquesta pagina o recopiatz-la, e gardatz lo papièr en luòc segur. Sens vòstre telefòn, un d'aqueles còdis vos fa dintrar. Cadun marcha un còp.
second-codes-of = Compte : { $login }
second-codes-print = Aqueles còdis seràn pas pus afichats. Un fuèlh novèl remplaça l'ancian.
second-codes-kept = Los ai gardats
second-new-title = Apondre una aplicacion de còdis
second-new-install = Installatz una aplicacion de còdis (per exemple FreeOTP, Aegis o la de vòstre telefòn). Marcha sens connexion e sens numèro de telefòn.
second-new-scan = Amb l'aplicacion, fotografiatz aqueste dessenh.
second-new-picture = Còdi QR de fotografiar amb l'aplicacion. Lo meteis secret es escrich en letras mai bas.
second-new-type = M'aimi mai picar lo secret
second-new-code = Picatz las sièis chifras que mòstra ara.
second-code-app = Còdi de l'aplicacion
second-name = Nom (facultatiu)
second-name-hint = Per la reconéisser : « Mon telefòn ».
second-new-submit = Apondre
problem-second-new = Es pas lo còdi esperat. Verificatz que lo telefòn es a l'ora, puèi picatz lo còdi que s'aficha ara.
back-account = Tornar a mon compte
account-second = Verificacion dobla
account-second-on = Un còdi es demandat aprèp lo senhal.
account-second-off = Es pas en plaça.
account-second-manage = Gerir
