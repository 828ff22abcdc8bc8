//! Gives access to the people who have it when a history begins.

use super::super::actors::give;
use super::super::desk::*;
use super::super::oracle::Oracle;

/// Adds the people of the first tree.
pub fn first(desk: &mut Desk, oracle: &mut Oracle, start: Day) {
    let from: Day = start.checked_sub(jiff::ToSpan::days(60)).unwrap();
    let mut number = 0;
    for (trust, _, lead, count) in TRUSTS {
        if lead != LEADER {
            give(desk, oracle, 0, number, lead, trust, "LC", "smerteregisteret", from, from, 0);
            number += 1;
        }
        for one in 0..count {
            let who = format!("bruker{one}.{trust}");
            // Some end within the month, some have both applications.
            let length = if one % 3 == 2 { 65 + 7 * i64::try_from(one).unwrap() } else { 0 };
            give(desk, oracle, 0, number, &who, trust, "LU", "smerteregisteret", from, from, length);
            number += 1;
            if one % 4 == 1 {
                give(desk, oracle, 0, number, &who, trust, "LU", "rapporteket-smerte", from, from, 0);
                number += 1;
            }
        }
    }
    for one in 0..NORTHERNERS {
        let (who, trust) = (format!("nord{one}.{}", desk.north_at), desk.north_at);
        give(desk, oracle, 0, number, &who, trust, "LU", "smerteregisteret", from, from, 0);
        number += 1;
        desk.files.get_mut(&(trust.to_owned(), who)).unwrap().access[0].unit = NORTH;
        oracle.grants.last_mut().unwrap().unit = NORTH;
    }
    let leader = ("nasjonal".to_owned(), LEADER.to_owned());
    give(desk, oracle, 0, number, LEADER, "helse-bergen", "LU", "smerteregisteret", from, from, 0);
    // This person gets access like the others. It then becomes the one access at the national unit.
    let mut file = desk.files.remove(&("helse-bergen".to_owned(), LEADER.to_owned())).unwrap();
    for entry in &mut file.access {
        (entry.unit, entry.role, entry.by) = (0, "SC".to_owned(), COORDINATOR.to_owned());
    }
    desk.files.insert(leader, file);
    let grant = oracle.grants.last_mut().unwrap();
    (grant.trust, grant.unit) = ("nasjonal".to_owned(), 0);
    grant.versions[0].role = "SC".to_owned();
    debug_assert_eq!(oracle.at("smerteregisteret/0/SC"), "nasjonal");
}
