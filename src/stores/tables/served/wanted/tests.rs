//! Tests that an account which is not as the client asked is found when it is read back.

use jiff::civil::date;
use portvakt_core::model::{ApplicationId, RoleId, UnitId};

use super::*;

fn right(role: &str) -> Right {
    let application = ApplicationId::new("smerteregisteret").unwrap();
    Right { application, unit: UnitId(1), role: RoleId::new(role).unwrap() }
}

fn wanted() -> WantedAccount {
    WantedAccount {
        external: Some("e1".to_owned()),
        reference: None,
        person: None,
        name: "Kari Testesen".to_owned(),
        login: Some("kari".to_owned()),
        email: None,
        rights: BTreeSet::from([right("LU")]),
        stage: Stage::Open,
    }
}

fn served(wanted: &WantedAccount) -> Served {
    Served {
        account: Account {
            id: AccountId::new("a1"),
            person: None,
            name: wanted.name.clone(),
            login: wanted.login.clone(),
            email: wanted.email.clone(),
            active: wanted.stage == Stage::Open,
            rights: wanted.rights.iter().map(|right| (right.clone(), None)).collect(),
            subscriptions: Vec::new(),
        },
        external: wanted.external.clone(),
        reference: wanted.reference.clone(),
        stage: wanted.stage,
        opened: date(2026, 1, 1),
        closed: None,
        modified: None,
    }
}

#[test]
fn each_part_that_is_not_as_asked_is_found() {
    let after = served(&wanted());
    assert_eq!(lacking(&wanted(), &after), None);
    let named = Shortfall::NotNew(AccountPart::NameLoginOrEmail);
    let part = Shortfall::NotNew;
    for (asked, short) in [
        (WantedAccount { name: "K".to_owned(), ..wanted() }, named.clone()),
        (WantedAccount { login: Some("KARI".to_owned()), ..wanted() }, named.clone()),
        (WantedAccount { login: None, ..wanted() }, part(AccountPart::Login)),
        (WantedAccount { email: Some("k@example.test".to_owned()), ..wanted() }, named),
        (WantedAccount { rights: BTreeSet::new(), ..wanted() }, Shortfall::StillHas(right("LU"))),
        (
            WantedAccount { rights: BTreeSet::from([right("LU"), right("LC")]), ..wanted() },
            Shortfall::Lacks(right("LC")),
        ),
        (WantedAccount { external: None, ..wanted() }, part(AccountPart::ExternalId)),
        (WantedAccount { reference: Some("r".to_owned()), ..wanted() }, part(AccountPart::Reference)),
        (WantedAccount { stage: Stage::Closed, ..wanted() }, part(AccountPart::State)),
    ] {
        assert_eq!(lacking(&asked, &after), Some(short), "{asked:?}");
    }
}
