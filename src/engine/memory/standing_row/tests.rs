//! Tests that every column is written and read back, and that none is taken for another.

use portvakt_core::model::{EmployerId, Identity, Login, Position, Proof, Right, Staff, Vouched};
use portvakt_database::Connection;

use super::*;

fn prepared() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    crate::memory::prepare(&conn).unwrap();
    conn
}

/// Returns a standing of a fictional person with every column set, and a standing with as few columns as possible.
fn standings() -> [Standing; 2] {
    let day = |text: &str| text.parse::<Date>().unwrap();
    let person = |id: &str| PersonId::new(id).unwrap();
    let right = Right {
        application: ApplicationId::new("smerteregisteret").unwrap(),
        unit: UnitId(200_089),
        role: RoleId::new("LU").unwrap(),
    };
    let full = Standing {
        grant: Grant {
            key: GrantKey {
                person: person("kari.testesen"),
                application: right.application.clone(),
                unit: UnitId(u32::MAX),
                request: RequestId::new("REQ-1").unwrap(),
            },
            trust: TrustId::new("ahus").unwrap(),
            role: RoleId::new("LC").unwrap(),
            from: day("2026-01-01"),
            until: Some(day("2026-12-31")),
            approval: Approval {
                by: person("ola.testesen"),
                on: day("2026-01-02"),
                identity: Identity::Known,
            },
            revoked: Some(Revocation {
                on: day("2026-01-03"),
                by: person("per.testesen"),
                reason: "has left".to_owned(),
            }),
            vouched: Vouched {
                position: Some(Position::new("lis").unwrap()),
                login: Some(Login::new("karites").unwrap()),
                ..Vouched::of(EmployerId::new("helse-bergen").unwrap(), Staff::Ict)
            },
        },
        accepted: Acceptance {
            on: day("2026-01-04"),
            way: AcceptanceWay::Judged,
            policies: vec!["one".to_owned(), "two".to_owned()],
            rules: Digest::of(b"rules"),
            proof: Some(Proof::Declared),
        },
        given: Some(day("2026-01-05")),
        replaced: Some(right),
        cleared: Some(Cause::Revoked),
        ended: Some(day("2026-01-06")),
    };
    let mut few = full.clone();
    few.grant.key.request = RequestId::new("REQ-2").unwrap();
    (few.grant.until, few.grant.revoked) = (None, None);
    (few.grant.vouched.position, few.grant.vouched.login) = (None, None);
    (few.accepted.policies, few.accepted.proof) = (Vec::new(), None);
    (few.given, few.replaced, few.cleared, few.ended) = (None, None, None, None);
    [full, few]
}

fn all(conn: &Connection) -> Vec<Standing> {
    let mut statement = conn.prepare_cached(&select("ORDER BY request")).unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut all = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        all.push(standing(&row).unwrap());
    }
    all
}

#[test]
fn every_column_of_the_table_is_in_the_list() {
    let conn = prepared();
    let mut columns = conn.prepare_cached("SELECT name FROM pragma_table_info('standing')").unwrap();
    let columns: Vec<String> = columns.query_all([], |row| row.get(0)).unwrap();
    assert_eq!(columns, Columns::NAMES);
    assert_eq!(Columns::NAMES.first(), Some(&"person"));
}

#[test]
fn what_is_written_is_read_again() {
    let conn = prepared();
    let [full, few] = standings();
    for one in [&full, &few] {
        crate::memory::accept_grant(&conn, one).unwrap();
    }
    assert_eq!(all(&conn), [full.clone(), few.clone()]);
    // A row that is written anew replaces the whole old row, and no other row.
    let mut other = few.clone();
    other.grant.key.request = full.grant.key.request.clone();
    crate::memory::accept_grant(&conn, &other).unwrap();
    assert_eq!(all(&conn), [other, few]);
}

#[test]
fn a_request_that_has_served_leaves_what_is_on_record() {
    let conn = prepared();
    let [full, _] = standings();
    let day = full.accepted.on;
    crate::memory::spend_request(&conn, &full.grant.key, day, &full.accepted.rules).unwrap();
    let spent = all(&conn).remove(0);
    assert_eq!(
        (spent.accepted.way, spent.cleared, spent.ended),
        (AcceptanceWay::History, Some(Cause::Expired), Some(day))
    );
    crate::memory::accept_grant(&conn, &full).unwrap();
    crate::memory::spend_request(&conn, &full.grant.key, day, &full.accepted.rules).unwrap();
    assert_eq!(all(&conn), [full]);
}

#[test]
fn damage_is_told_by_table_and_column() {
    for (column, value) in [("from_day", "no day"), ("role", "no role"), ("way", "lost"), ("rules", "none")] {
        let conn = prepared();
        crate::memory::accept_grant(&conn, &standings()[0]).unwrap();
        conn.execute_batch(&format!("UPDATE standing SET {column} = '{value}'")).unwrap();
        let mut statement = conn.prepare_cached(&select("")).unwrap();
        let mut rows = statement.query([]).unwrap();
        let told = standing(&rows.next().unwrap().unwrap()).unwrap_err().to_string();
        assert!(told.contains(&format!("standing.{column}")), "{told}");
    }
}
