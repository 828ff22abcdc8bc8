//! Tests which addresses each client may contact. One table is used for the check of the settings, the forge, a
//! register behind SCIM, the reports' database, and PostgreSQL. A client that refuses an address sends nothing there.

use portvakt_core::model::{FilePath, ForgeKind, ForgeSettings};
use portvakt_core::parse;
use portvakt_database::ServerAddress;
use portvakt_sources::forge::Forge;
use portvakt_stores::{rapporteket, scim};

/// Addresses of the web, with the clients that accept them: `c` is the check of `register.yaml`, `f` the forge, and `s`
/// SCIM. The databases have their own schemes, and are tested with the host alone.
const WEB: &[(&str, &str)] = &[
    // Names and numbers where a hospital keeps its servers.
    ("https://forge.example.no", "cfs"),
    ("https://forge.example.no:8443/api", "cfs"),
    ("https://10.1.2.3", "cfs"),
    ("https://172.16.0.1", "cfs"),
    ("https://192.168.1.1", "cfs"),
    ("https://[fd12::1]", "cfs"),
    ("https://140.82.121.6", "cfs"),
    ("https://127.0.0.1", "cfs"),
    // Without encryption only this machine is allowed, by its exact names.
    ("http://127.0.0.1", "cfs"),
    ("http://127.0.0.1:8080/api/v4", "cfs"),
    ("http://localhost:1", "cfs"),
    ("http://[::1]:1", "cfs"),
    ("http://forge.example.no", ""),
    ("http://10.1.2.3", ""),
    ("http://[fd12::1]", ""),
    ("http://0.0.0.0", ""),
    // Names that only look like this machine.
    ("http://127.0.0.1.evil.example", ""),
    ("http://localhost.evil.example", ""),
    ("http://localhostile.example", ""),
    ("http://127.0.0.1evil.example", ""),
    ("http://127.0.0.100.evil.example", ""),
    ("http://127.0.0.1@evil.example", ""),
    ("http://[::1].evil.example", ""),
    ("http://[64:ff9b::7f00:1]", ""),
    ("http://[2002:7f00:1::]", ""),
    // These are not addresses of a service.
    ("ftp://127.0.0.1", ""),
    ("https://", ""),
    ("forge.example.no", ""),
    ("https://name:word@forge.example.no", ""),
    ("https://forge.example.no?a=b", ""),
    ("https://forge.example.no/#a", ""),
    ("http://127.0.0.1?a=b", ""),
    ("http://127.0.0.1:port", ""),
    // Numbers in other forms, as clients of the web read them.
    ("https://2852039166", ""),
    ("https://0xa9fea9fe/api/v4", ""),
    ("https://0251.0376.0251.0376", ""),
    ("https://169.254.43518:8443", ""),
    ("https://169.254.169.254.", ""),
    ("https://256.1.1.1", ""),
    ("https://1.2.3.4.5", ""),
    ("https://0x0a.1.2.3", "cfs"),
];

/// Hosts by number, for the forge, SCIM, the reports and PostgreSQL. `true` where they may be reached (encrypted).
const NUMBERS: &[(&str, bool)] = &[
    ("10.1.2.3", true),
    ("172.31.255.1", true),
    ("192.168.0.1", true),
    ("100.64.0.1", true),
    ("192.0.2.7", true),
    ("127.0.0.1", true),
    ("140.82.121.6", true),
    ("168.63.129.17", true),
    ("[::1]", true),
    ("[fd12::1]", true),
    ("[2001:db8::1]", true),
    ("[::ffff:10.1.2.3]", true),
    ("[64:ff9b::a01:203]", true),
    ("[2002:a01:203::1]", true),
    // The address is link-local. Most clouds have their metadata service there.
    ("169.254.169.254", false),
    ("169.254.0.1", false),
    ("[fe80::1]", false),
    ("[febf::1]", false),
    // The metadata services elsewhere.
    ("168.63.129.16", false),
    ("100.100.100.200", false),
    ("192.0.0.192", false),
    ("[fd00:ec2::254]", false),
    ("[fd00:ec2::23]", false),
    ("[fd20:ce::254]", false),
    ("[fd00:42::42]", false),
    // The address is not that of a single machine.
    ("0.0.0.0", false),
    ("0.1.2.3", false),
    ("255.255.255.255", false),
    ("240.0.0.1", false),
    ("[::ffff:240.0.0.1]", false),
    ("224.0.0.1", false),
    ("[::]", false),
    ("[ff02::1]", false),
    // The same address is inside of IPv6: mapped, compatible, translated (NAT64), 6to4, Teredo (server and client),
    // ISATAP.
    ("[::ffff:169.254.169.254]", false),
    ("[::ffff:168.63.129.16]", false),
    ("[::169.254.169.254]", false),
    ("[64:ff9b::a9fe:a9fe]", false),
    ("[64:ff9b::a83f:8110]", false),
    ("[64:ff9b::6464:64c8]", false),
    ("[64:ff9b:1::a9fe:a9fe]", false),
    ("[::ffff:0:a9fe:a9fe]", false),
    ("[::ffff:0:a83f:8110]", false),
    ("[2002:a9fe:a9fe::1]", false),
    ("[2002:a83f:8110::]", false),
    ("[2001:0:a9fe:a9fe::1]", false),
    ("[2001:0:4136:e378:8000:63bf:5601:5601]", false),
    ("[2001:db8::5efe:a9fe:a9fe]", false),
    ("[2001:db8::200:5efe:a9fe:a9fe]", false),
];

/// Tells whether a client accepts an address.
type Accepts = fn(&str) -> bool;

fn check(address: &str) -> bool {
    let register = include_str!("../../desired-state/register.yaml");
    let forge = format!(
        "\nevidence: forge\nforge:\n  kind: github\n  api: \"{address}\"\n  project: clinic/access\n  branch: main\n  \
         accounts: {{11: lars.demostad, 12: bjorn.lederesen}}\n"
    );
    let plain: String = register
        .lines()
        .filter(|line| !line.starts_with("evidence:"))
        .map(|line| format!("{line}\n"))
        .collect();
    parse::register(&FilePath::new("desired-state/register.yaml"), (plain + &forge).as_bytes()).is_ok()
}

fn forge(address: &str) -> bool {
    let settings = ForgeSettings {
        kind: ForgeKind::GitHub,
        api: address.to_owned(),
        project: "clinic/access".to_owned(),
        branch: "main".to_owned(),
        accounts: std::collections::BTreeMap::new(),
    };
    Forge::open(&settings, None).is_ok()
}

fn scim(address: &str) -> bool {
    address.parse::<scim::ServiceAddress>().is_ok()
}

fn reports(host: &str) -> bool {
    format!("mysql://u@{host}/d").parse::<rapporteket::ReportsAddress>().is_ok()
}

fn postgres(host: &str) -> bool {
    format!("postgres://u@{host}/d").parse::<ServerAddress>().is_ok()
}

#[test]
fn an_address_is_judged_alike_by_whoever_asks() {
    let mut wrong = Vec::new();
    for (address, wanted) in WEB {
        let clients: [(char, Accepts); 3] = [('c', check), ('f', forge), ('s', scim)];
        for (client, accepts) in clients {
            if accepts(address) != wanted.contains(client) {
                wrong.push(format!("{client}: {address} is {}", accepts(address)));
            }
        }
    }
    for (host, wanted) in NUMBERS {
        let https = format!("https://{host}");
        let clients = [
            ('c', check(&https)),
            ('f', forge(&https)),
            ('s', scim(&https)),
            ('r', reports(host)),
            ('p', postgres(host)),
        ];
        for (client, accepts) in clients {
            if accepts != *wanted {
                wrong.push(format!("{client}: {host} is {accepts}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(WEB.len() + NUMBERS.len() > 60);
}
