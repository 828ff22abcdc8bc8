//! `portvakt register users` shows the accounts of the embedded register.

use portvakt_core::diag::{Finding, Lang, Noun, Text, text};
use portvakt_stores::tables::view::{Show, User, users};
use serde_json::json;

use crate::cli::{finding, output, reading};
use crate::config::{Format, Global};

fn state(user: &User) -> Text {
    match (user.open, user.closed) {
        (true, _) => text!(en: "open", nb: "åpen"),
        (false, Some(day)) => text!(en: "closed {day}", nb: "stengt {day}"),
        (false, None) => text!(en: "closed by hand", nb: "stengt for hånd"),
    }
}

/// Shows the accounts of the register.
pub(super) fn show(global: &Global, which: Show) -> Result<(), Finding> {
    let reader = reading::open_reader(global)?;
    let listed = users(reader.connection(), which).map_err(finding::of)?;
    if let Some(why) = &listed.incomplete {
        output::tell(
            global,
            &text!(with why; en: "this list is not whole: {why}", nb: "denne listen er ikke hel: {why}"),
        );
    }
    if global.format == Format::Json {
        let incomplete = listed.incomplete.as_ref().map(Text::en);
        output::json_out(&json!({ "users": listed.users, "incomplete": incomplete }));
        return Ok(());
    }
    let rows: Vec<Vec<String>> = listed
        .users
        .iter()
        .map(|user| {
            let rights: Vec<String> = user.rights.iter().map(|(right, _)| right.to_string()).collect();
            vec![
                user.account.to_string().chars().take(8).collect(),
                user.name.clone(),
                user.email.clone().unwrap_or_else(|| "-".to_owned()),
                state(user).get(global.lang()).to_owned(),
                if rights.is_empty() { "-".to_owned() } else { rights.join(" ") },
                user.courses.to_string(),
                user.forms.to_string(),
                user.subscriptions.to_string(),
            ]
        })
        .collect();
    let headings = match global.lang() {
        Lang::En => ["ACCOUNT", "NAME", "E-MAIL", "STATE", "RIGHTS", "COURSES", "FORMS", "REPORTS"],
        Lang::Nb => ["KONTO", "NAVN", "E-POST", "TILSTAND", "RETTIGHETER", "FORLØP", "SKJEMAER", "RAPPORTER"],
    };
    output::out(&output::aligned_table(&headings, &rows));
    output::tell(global, &Noun::ACCOUNTS.count(rows.len()));
    Ok(())
}
