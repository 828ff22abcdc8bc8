//! The tree that is accepted before each story, and the files that stories write into it.

use std::path::Path;

pub const LEADER: &str = "leder.eksempelvik";
pub const COORDINATOR: &str = "nasjonal.eksempelvik";
pub const MANAGER: &str = "system.eksempelvik";
/// The national administrators, with a key each.
pub const ADMINISTRATORS: [&str; 3] = [LEADER, COORDINATOR, MANAGER];
pub const LC_AHUS: &str = "lc.ahusen";
pub const LC_FONNA: &str = "lc.fonnasen";

pub const AHUS: u32 = 100_089;
pub const SKI: u32 = 200_089;
pub const FONNA: u32 = 100_084;

/// Users of Ahus. The last one's access ends in June.
pub const USERS: [&str; 5] =
    ["ada.testesen", "bo.testesen", "cato.testesen", "dina.testesen", "elin.testesen"];
/// The file of her whose access ends.
pub const ELIN: &str = "desired-state/ahus/elin.testesen.yaml";

pub const REGISTER: &str = "
id: smerteregisteret
evidence: signature
name: Smerteregisteret
time_zone: Europe/Oslo
applications: {smerteregisteret: Smerteregisteret, rapporteket-smerte: Rapporteket - Smerte}
roles:
  SC: {name: Leder, counted: true}
  LC: {name: Koordinator, counted: true}
  LU: {name: Bruker}
coordinators: {role: LC, application: smerteregisteret}
most_coordinators: 2
offices: {register-leader: Leder, national-coordinator: Koordinator, system-manager: Forvalter, ict-administrator: IKT}
administrators:
  - {person: leder.eksempelvik, name: Leder Eksempelvik, office: register-leader, from: 2015-01-01}
  - {person: nasjonal.eksempelvik, name: Nasjonal Eksempelvik, office: national-coordinator, from: 2015-01-01}
  - {person: system.eksempelvik, name: System Eksempelvik, office: system-manager, from: 2015-01-01}
trusts:
  nasjonal: {name: Nasjonalt, kind: national, units: {0: Nasjonal}}
  helse-bergen: {name: Helse Bergen HF, org_no: 983974724, host: true, units: {100082: Haukeland}}
  ahus: {name: Ahus HF, org_no: 983971636, units: {100089: Ahus, 200089: Ski}}
  helse-fonna: {name: Helse Fonna HF, org_no: 983974694, units: {100084: Fonna}}
ict_bodies: {helse-vest-ikt: Helse Vest IKT, helse-nord-ikt: Helse Nord IKT, nhn: Norsk helsenett}
removal_limits:
  trust: {least: 2, percent: 10}
  all: {least: 3, percent: 5, most: 10}
max_lis_months: 12
review_months: 3
contact_in_git: false
accounts: {ignore: [], adopt: {}}
";

/// One entry of a person's file.
#[derive(Clone)]
pub struct Entry {
    application: &'static str,
    unit: u32,
    role: &'static str,
    from: String,
    until: Option<String>,
    request: String,
    by: String,
    on: String,
}

/// LU at Ahus in the register itself, approved on the second of March.
pub fn smerte(request: &str, by: &str) -> Entry {
    Entry {
        application: "smerteregisteret",
        unit: AHUS,
        role: "LU",
        from: "2026-03-02".to_owned(),
        until: None,
        request: request.to_owned(),
        by: by.to_owned(),
        on: "2026-03-02".to_owned(),
    }
}

impl Entry {
    pub fn rapporteket(self) -> Self {
        Self { application: "rapporteket-smerte", ..self }
    }
    pub fn at(self, unit: u32) -> Self {
        Self { unit, ..self }
    }
    pub fn role(self, role: &'static str) -> Self {
        Self { role, ..self }
    }
    pub fn until(self, day: &str) -> Self {
        Self { until: Some(day.to_owned()), ..self }
    }
    pub fn approved_on(self, day: &str) -> Self {
        Self { on: day.to_owned(), ..self }
    }
    /// As it was before the program.
    fn of_old(self) -> Self {
        Self { from: "2026-01-05".to_owned(), on: "2026-01-02".to_owned(), ..self }
    }

    fn text(&self) -> String {
        let Self { application, unit, role, from, until, request, by, on } = self;
        let until = until.as_ref().map_or_else(String::new, |day| format!("    until: {day}\n"));
        format!(
            "  - application: {application}\n    unit: {unit}\n    role: {role}\n    from: {from}\n{until}    request: {request}\n    approved:\n      by: {by}\n      on: {on}\n      identity: known\n"
        )
    }
}

/// A person's file: health personnel, employed where the file lies.
pub fn person(id: &str, employer: &str, entries: &[Entry]) -> String {
    let entries: String = entries.iter().map(Entry::text).collect();
    format!("person: {id}\nname: Navn Testesen\nemployer: {employer}\nstaff: health\naccess:\n{entries}")
}

/// The same for somebody of Helse Vest IKT.
pub fn technician(id: &str, entries: &[Entry]) -> String {
    person(id, "helse-vest-ikt", entries).replace("staff: health", "staff: ict")
}

/// Where the file of a user of Ahus stands.
pub fn of_ahus(id: &str) -> String {
    format!("desired-state/ahus/{id}.yaml")
}

/// Writes the tree that is accepted first, but for the keys.
pub fn lay(root: &Path) {
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let policies = Path::new(crate::ROOT).join("policies");
    for entry in std::fs::read_dir(policies).unwrap().map(Result::unwrap) {
        if entry.path().is_file() {
            let name = entry.file_name().into_string().unwrap();
            write(&format!("policies/{name}"), &std::fs::read_to_string(entry.path()).unwrap());
        }
    }
    write("desired-state/register.yaml", REGISTER);
    let coordinator = |id: &str, trust: &str, unit| {
        let entry = smerte(&format!("REQ-{unit}"), COORDINATOR).at(unit).role("LC").of_old();
        write(&format!("desired-state/{trust}/{id}.yaml"), &person(id, trust, &[entry]));
    };
    coordinator(LC_AHUS, "ahus", AHUS);
    coordinator(LC_FONNA, "helse-fonna", FONNA);
    for (number, id) in USERS.iter().enumerate() {
        let entry = smerte(&format!("REQ-{number}"), LC_AHUS).of_old();
        let entry = if of_ahus(id) == ELIN { entry.until("2026-06-30") } else { entry };
        write(&of_ahus(id), &person(id, "ahus", &[entry]));
    }
    let fia = smerte("REQ-9", LC_FONNA).at(FONNA).of_old();
    write("desired-state/helse-fonna/fia.testesen.yaml", &person("fia.testesen", "helse-fonna", &[fia]));
}
