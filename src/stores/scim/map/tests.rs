//! Tests that an attribute map is read strictly, and that what it writes is read back.

use super::*;

fn right(application: &str, unit: u32, role: &str) -> Right {
    Right {
        application: ApplicationId::new(application).unwrap(),
        unit: UnitId(unit),
        role: RoleId::new(role).unwrap(),
    }
}

#[test]
fn a_right_is_one_value_and_comes_back() {
    let map = Map::default();
    let file = File::default();
    assert_eq!(map, Map::of(&file).unwrap(), "the defaults are a map");
    assert_eq!(
        (&*file.role, &*file.retired_login),
        ("{application}/{unit}/{role}", "{login}.closed-{account}")
    );
    let lc = right("smerteregisteret", 100_082, "LC");
    assert_eq!(map.role(&lc).unwrap(), "smerteregisteret/100082/LC");
    assert_eq!(map.right("smerteregisteret/100082/LC"), Some(lc));
    assert_eq!(map.right("a/1/x/y"), Some(right("a", 1, "x/y")), "a role may hold a stroke");
    for other in ["admin", "a/b/c", "a/007/LC", "a/1/", "/1/LC", "a/-1/LC", "A/1/LC"] {
        assert_eq!(map.right(other), None, "{other}");
    }
}

#[test]
fn another_template_reads_back_or_does_not_write() {
    let map = Map::parse("role: 'reg:{role}@{unit}@{application}'").unwrap();
    let lc = right("smerteregisteret", 100_082, "LC");
    assert_eq!(map.role(&lc).unwrap(), "reg:LC@100082@smerteregisteret");
    assert_eq!(map.right("reg:LC@100082@smerteregisteret"), Some(lc));
    let dashed = Map::parse("role: '{application}-{unit}-{role}'").unwrap();
    assert!(dashed.role(&right("smerteregisteret", 1, "LC")).is_some());
    assert_eq!(dashed.role(&right("rapporteket-smerte", 1, "LC")), None, "it would be read as another");
}

#[test]
fn the_key_of_an_attribute_is_the_one_the_file_names_it_with() {
    let map = Map::parse("{given-name: name.givenName, family-name: name.familyName}").unwrap();
    let keys: Vec<MapKey> = map.written_attributes().into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys.len(), 8);
    for key in keys {
        let map = Map::parse(&format!("{}: badge", key.word())).unwrap();
        let named = map.written_attributes().into_iter().find(|(_, attribute)| attribute.path() == "badge");
        assert_eq!(named.map(|(key, _)| key), Some(key));
    }
    assert!(Map::parse(&format!("{}: [type]", MapKey::EmailParts.word())).is_ok());
}

#[test]
fn a_password_in_a_value_is_not_said_back() {
    let file = std::env::temp_dir().join(format!("portvakt-map-{}.yaml", std::process::id()));
    for text in ["login: 'https://u:hemmelig@h.example'", "retired-login: '{login}{password=hemmelig}'"] {
        std::fs::write(&file, text).unwrap();
        let why = Map::read(&file).unwrap_err().words();
        assert!(why.en().contains("portvakt-map"), "{why:?}");
        assert!(!format!("{why:?}").contains("hemmelig"), "{why:?}");
    }
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn a_map_is_read_strictly() {
    for (wrong, says) in [
        ("logon: userName", "logon"),
        ("login: a\nlogin: b", "login"),
        ("login: 'not a name'", "not a name"),
        ("email: displayName", "two things"),
        ("role: '{application}/{unit}'", "{role}"),
        ("role: '{application}{unit}/{role}'", "between"),
        ("role: '{application}/{unit}/{rolle}'", "rolle"),
        ("preconditions: sometimes", "sometimes"),
        ("name: &a displayName", ""),
    ] {
        let told = Map::parse(wrong).unwrap_err();
        assert!(told.en().contains(says), "{wrong}: {told:?}");
    }
    let map = Map::parse("email: urn:example:register:User:mail\nname: name.formatted").unwrap();
    assert_eq!(map.email.schema.as_deref(), Some("urn:example:register:User"));
    assert_eq!(map.email.path(), "urn:example:register:User:mail");
    assert_eq!(map.name.path(), "name.formatted");
    assert!(Map::parse("{\"login\": \"userName\"}").is_ok(), "JSON is YAML");
}

#[test]
fn who_an_account_is_and_under_which_name_it_was_opened() {
    let person = PersonId::new("kari.testesen").unwrap();
    let value = Map::external(&person, &OpeningId::new("3f6c"));
    assert_eq!(Map::internal(&value), Some((person, OpeningId::new("3f6c"))));
    for other in ["kari.testesen", "kari.testesen/", "Kari/1", ""] {
        assert_eq!(Map::internal(other), None, "{other}");
    }
}
