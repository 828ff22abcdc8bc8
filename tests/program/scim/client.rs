//! Tests a client by another author against `register serve`. scim2-cli makes its commands from a service's
//! announcements and checks each answer by the schemas. So with a schema that it cannot read it has no commands.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::servers::{Running, TOKEN, scim2_cli};

const OWN: &str = "urn:ietf:params:scim:schemas:extension:portvakt:2.0:User";

/// Runs a command of scim2-cli, which must succeed, and returns its output.
fn run(client: &Path, server: &Running, arguments: &[&str]) -> String {
    let mut command = Command::new(client);
    command.env_clear().env("SCIM_CLI_HEADERS", format!("Authorization: Bearer {TOKEN}"));
    let output = command.args(["-u", &server.place()]).args(arguments).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{arguments:?}: {told}{}", String::from_utf8_lossy(&output.stderr));
    told
}

fn user(client: &Path, server: &Running, arguments: &[&str]) -> Value {
    serde_json::from_str(&run(client, server, arguments)).unwrap()
}

#[test]
fn scim2_cli_builds_its_commands_and_they_do_what_they_say() {
    let Some(client) = scim2_cli() else { return };
    let (client, server) = (client.as_path(), Running::own());
    for command in ["create", "replace"] {
        assert!(run(client, &server, &[command, "--help"]).contains("  user  "));
        let help = run(client, &server, &[command, "user", "--help"]);
        assert!(help.contains("--user-name") && help.contains("--registeraccount"), "{help}");
    }

    let created = user(
        client,
        &server,
        &[
            "create",
            "user",
            "--user-name",
            "kari",
            "--display-name",
            "Kari Testesen",
            "--external-id",
            "kari.testesen/1",
            "--emails",
            r#"[{"value": "kari@example.test", "type": "work"}]"#,
            "--roles",
            r#"[{"value": "smerteregisteret/100082/LC"}]"#,
            "--active",
            "true",
            "--registeraccount",
            r#"{"reference": "ledger/17"}"#,
        ],
    );
    assert_eq!((&created["userName"], &created["active"]), (&json!("kari"), &json!(true)));
    assert_eq!(created["emails"][0]["value"], "kari@example.test");
    assert_eq!(created["roles"], json!([{"value": "smerteregisteret/100082/LC"}]));
    assert_eq!(created[OWN], json!({"reference": "ledger/17"}));
    let id = created["id"].as_str().unwrap();

    // A replacement removes what it does not name, and so the address.
    let replaced = user(
        client,
        &server,
        &[
            "replace",
            "user",
            "--id",
            id,
            "--user-name",
            "kari",
            "--display-name",
            "Kari Eksempelsen",
            "--external-id",
            "kari.testesen/1",
            "--roles",
            r#"[{"value": "smerteregisteret/100083/LU"}]"#,
            "--active",
            "true",
            "--registeraccount",
            r#"{"reference": "ledger/18"}"#,
        ],
    );
    assert_eq!((&replaced["id"], &replaced["displayName"]), (&json!(id), &json!("Kari Eksempelsen")));
    assert_eq!(replaced["roles"], json!([{"value": "smerteregisteret/100083/LU"}]));
    assert!(replaced.get("emails").is_none(), "{replaced}");

    let reference = format!("{OWN}:reference");
    let changes = [
        &["modify", "user", id, "replace", "displayName", "Kari Testesen"][..],
        &["add", "roles", r#"[{"value": "smerteregisteret/100089/LC"}]"#, "replace", &reference, "ledger/19"],
    ];
    let modified = user(client, &server, &changes.concat());
    assert_eq!(modified["displayName"], "Kari Testesen");
    let both = json!([{"value": "smerteregisteret/100083/LU"}, {"value": "smerteregisteret/100089/LC"}]);
    assert_eq!((&modified["roles"], &modified[OWN]["reference"]), (&both, &json!("ledger/19")));
    assert_eq!(user(client, &server, &["query", "user", id])["roles"], both, "and it is there");

    user(client, &server, &["modify", "user", id, "replace", "active", "false"]);
    let closed = user(client, &server, &["query", "user", id]);
    assert!(closed["active"] == false && closed.get("roles").is_none(), "{closed}");
}
