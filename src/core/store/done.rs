//! Checks whether an account has become what a step asked for. Other stores use it to read back their writes, and a
//! pass uses it to settle an interrupted step. The code is pure: it reads and writes nothing.

use super::Account;
use crate::plan::Effect;

/// Describes what is still missing before this effect is complete. It gives `None` when nothing is missing.
///
/// `account` is the account in the store, or `None` when the store has no such account. An account that is gone has
/// nothing left to take away (R30), and nothing can be given to it.
#[must_use]
pub fn falls_short(effect: &Effect, account: Option<&Account>) -> Option<String> {
    let Some(account) = account else {
        return match effect {
            Effect::Lower { .. } | Effect::Sweep { .. } | Effect::Settle { .. } => None,
            Effect::Amend { .. } | Effect::Raise { .. } => {
                Some("the account is not in the register".to_owned())
            }
        };
    };
    let id = &account.id;
    match effect {
        Effect::Lower { revoke, close, end_subscriptions, .. } => {
            if let Some(left) = revoke.iter().find(|revoke| account.rights.contains_key(&revoke.right)) {
                return Some(format!("the account `{id}` still has the right `{}`", left.right));
            }
            runs_on(account, end_subscriptions).or_else(|| close.then(|| open_still(account)).flatten())
        }
        Effect::Sweep { end_subscriptions } => {
            if account.active && !account.rights.is_empty() {
                return Some(format!("the account `{id}` has access, so its e-mail address stays"));
            }
            runs_on(account, end_subscriptions).or_else(|| addressed(account))
        }
        Effect::Amend { name, login, email, .. } => {
            let as_asked = account.name == *name
                && login.as_ref().is_none_or(|login| alike(account.login.as_ref(), Some(login)))
                && email.as_ref().is_none_or(|email| alike(account.email.as_ref(), email.as_ref()));
            (!as_asked).then(|| format!("the name, login or e-mail of the account `{id}` is not the new one"))
        }
        Effect::Raise { grant } => {
            if !account.active {
                return Some(format!("the account `{id}` is closed, and stays as it is (R34)"));
            }
            let missing = grant.iter().find(|raise| !account.rights.contains_key(&raise.right));
            missing.map(|raise| format!("the account `{id}` does not have the right `{}`", raise.right))
        }
        Effect::Settle { .. } => None,
    }
}

/// Tells whether two logins or two e-mail addresses are the same. Case does not matter, and stores may give it back
/// changed. For logins RFC 7643 section 4.1.1 says so; for the domain of an address it is RFC 5321 section 2.4. For
/// the rest of an address every server in use treats it so.
#[must_use]
pub fn alike(one: Option<&String>, other: Option<&String>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        (None, None) => true,
        _ => false,
    }
}

fn runs_on(account: &Account, ended: &[i64]) -> Option<String> {
    let runs = account.subscriptions.iter().find(|subscription| ended.contains(&subscription.id));
    runs.map(|runs| format!("the subscription {} of `{}` still runs", runs.id, account.id))
}

fn open_still(account: &Account) -> Option<String> {
    let id = &account.id;
    if let Some(right) = account.rights.keys().next() {
        return Some(format!(
            "the account `{id}` has the right `{right}`, which the plan to close it did not know"
        ));
    }
    if account.active {
        return Some(format!("the account `{id}` is still open"));
    }
    addressed(account)
}

fn addressed(account: &Account) -> Option<String> {
    account.email.is_some().then(|| format!("the account `{}` still has an e-mail address", account.id))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::{AccountId, ApplicationId, GrantKey, PersonId, RequestId, Right, RoleId, UnitId};
    use crate::plan::{Cause, Raise, Revoke};

    fn right() -> Right {
        Right {
            application: ApplicationId::new("smerteregisteret").unwrap(),
            unit: UnitId(100_082),
            role: RoleId::new("LU").unwrap(),
        }
    }

    fn account(active: bool, rights: &[Right], email: Option<&str>) -> Account {
        Account {
            id: AccountId::new("a1"),
            person: None,
            name: "Kari Testesen".to_owned(),
            login: Some("kari".to_owned()),
            email: email.map(str::to_owned),
            active,
            rights: rights.iter().map(|right| (right.clone(), None)).collect::<BTreeMap<_, _>>(),
            subscriptions: Vec::new(),
        }
    }

    #[test]
    fn a_closing_is_done_when_nothing_of_it_is_missing() {
        let revoke = vec![Revoke { right: right(), cause: Cause::Absent, grants: Vec::new() }];
        let close =
            Effect::Lower { cause: Cause::Absent, revoke, end_subscriptions: Vec::new(), close: true };
        let short = |account: &Account| falls_short(&close, Some(account));
        assert_eq!(short(&account(false, &[], None)), None);
        assert!(short(&account(false, &[right()], None)).unwrap().contains("still has the right"));
        assert!(short(&account(true, &[], None)).unwrap().contains("still open"));
        assert!(short(&account(false, &[], Some("k@example.test"))).unwrap().contains("e-mail"));
        assert_eq!(falls_short(&close, None), None, "what is gone has nothing left");
    }

    #[test]
    fn a_right_in_a_closed_account_is_not_given() {
        let grant = GrantKey {
            person: PersonId::new("kari.testesen").unwrap(),
            application: right().application,
            unit: right().unit,
            request: RequestId::new("R1").unwrap(),
        };
        let raise = Effect::Raise {
            grant: vec![Raise { right: right(), grant, drift: false, stays_ended: Vec::new() }],
        };
        assert_eq!(falls_short(&raise, Some(&account(true, &[right()], None))), None);
        assert!(falls_short(&raise, Some(&account(false, &[right()], None))).is_some());
        assert!(falls_short(&raise, Some(&account(true, &[], None))).is_some());
        assert!(falls_short(&raise, None).is_some());
    }
}
