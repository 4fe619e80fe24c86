//! Which passwords may be chosen, and which not.

use super::*;

fn choose(text: &str, at_least: usize, personal: &[&str]) -> Result<Password, Weakness> {
    Password::choose(text, at_least, personal, &Refused::default())
}

#[test]
fn pwd_02_length_and_block_list_without_composition_rules() {
    for good in [
        "le petit chat boit du lait",
        "trottinette verte",
        "Zv8kPq2wLm4r",
        "☃☃ montagne bleue ☃☃",
    ] {
        assert!(choose(good, 12, &["Élodie Roux"]).is_ok(), "{good}");
    }
    for (bad, expected) in [
        ("", Weakness::TooShort { at_least: 8 }),
        ("courte", Weakness::TooShort { at_least: 8 }),
        ("Azertyuiop", Weakness::Common),
        ("M0tdepasse2026!", Weakness::Common),
        ("12345678", Weakness::Common),
        ("aaaaaaaaaa", Weakness::Common),
        ("soleil1234", Weakness::Common),
        ("elodieroux09", Weakness::Personal),
        ("ROUX.elodie!", Weakness::Personal),
    ] {
        let chosen = choose(bad, 8, &["Élodie", "Roux", "elodie.roux"]);
        assert_eq!(chosen.err(), Some(expected), "{bad}");
    }
    assert!(
        choose(&"é ".repeat(64), 8, &[]).is_err(),
        "two characters taking turns"
    );
    assert!(Password::typed(&"x".repeat(1025)).is_none());
    assert!(Password::typed(&"x".repeat(1024)).is_some());
}

#[test]
fn pwd_02_two_ways_to_type_an_accent_are_one_password() {
    let composed = Password::typed("caf\u{e9} noir").expect("short enough");
    let decomposed = Password::typed("cafe\u{301} noir").expect("short enough");
    assert_eq!(composed.expose(), decomposed.expose());
}

#[test]
fn pwd_02_a_known_word_is_refused_in_every_disguise() {
    for bad in [
        "M0td3p@$$e",
        "mot-de-passe-2026",
        "p@ssw0rd!!",
        "So1eil2013",
        "4zertyuiop",
        "!Toulouse31!",
        "soleilsoleil",
        "Soleil2013Soleil",
        "Septembre2026",
        "lycee2026",
        "Haute-Garonne",
        "ronaldo07",
        "Doudoune2012",
        "Nutella44!",
        "harrypotter",
        "trustno1",
        "Kylian10!",
    ] {
        assert_eq!(choose(bad, 8, &[]).err(), Some(Weakness::Common), "{bad}");
    }
}

#[test]
fn pwd_02_runs_walks_and_numbers_are_refused() {
    for bad in [
        "1q2w3e4r5t",
        "azertyuiopqsdfgh",
        "A1Z2E3R4T5",
        "qazwsxedc",
        "wxcvbnqsdfgh",
        "abcdefghij",
        "28052013",
        "2013-05-28",
        "06 12 34 56 78",
        "20262027",
    ] {
        assert_eq!(choose(bad, 8, &[]).err(), Some(Weakness::Common), "{bad}");
    }
    for good in [
        "adieu les vagues",
        "3141592653589",
        "poterie bleue",
        "tu redresses",
    ] {
        assert!(choose(good, 8, &[]).is_ok(), "{good}");
    }
}

#[test]
fn pwd_02_nothing_but_the_persons_own_words_is_refused_however_they_are_dressed() {
    let own = [
        "Léa-Noémie",
        "Œuvrard de la Tour",
        "lea-noemie.oeuvrard",
        "Collège Clémence-Isaure",
        "Castelnaudary",
        "5EME3",
        "Mon espace numérique",
    ];
    for bad in [
        "LéaNoémie2013",
        "l3a.n0émie!!",
        "oeuvrard31",
        "0euvr4rd2026",
        "Castelnaudary11",
        "clemence_isaure",
        "collège5eme3",
        "C011ège2026",
        "lealealealea",
        "DeLaTour2013",
        "lea-soleil-2013",
        "leanoemie.oeuvrard",
        "de-la-tour-2013",
    ] {
        assert_eq!(
            choose(bad, 8, &own).err(),
            Some(Weakness::Personal),
            "{bad}"
        );
    }
    for good in [
        "la montgolfière de Léa",
        "Castelnaudary sous la neige",
        "tour du monde en ballon",
        "numéro treize, rue basse",
    ] {
        assert!(choose(good, 12, &own).is_ok(), "{good}");
    }
}

#[test]
fn pwd_02_a_list_of_the_regions_own_is_refused_as_well() {
    let mut builder = refused::Builder::default();
    for line in [
        "Pastissade",
        "garbure",
        "D1C1B7AE2F5F8F9A8D2D3A1F6A6F1F0F5B9F0F4E:3",
    ] {
        builder.line(line);
    }
    let filter = builder.finish().expect("a filter");
    let own = Refused::and(&filter).expect("a filter");
    for bad in ["pastissade", "Pastissade31", "G@rbure2026"] {
        assert!(choose(bad, 8, &[]).is_ok(), "{bad}");
        let chosen = Password::choose(bad, 8, &[], &own);
        assert_eq!(chosen.err(), Some(Weakness::Common), "{bad}");
    }
    assert!(Password::choose("garbure et pastissade", 8, &[], &own).is_ok());
}
