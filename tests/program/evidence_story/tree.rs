//! The tree that is accepted before each story, and the files that stories write into it.

use std::fmt::Display;
use std::path::Path;

pub use portvakt_test_bench::register::{AHUS, COORDINATOR, FONNA, LC_AHUS, LC_FONNA, LEADER, MANAGER, SKI};
use portvakt_test_bench::{Access, Register, about};

/// The national administrators, with a key each.
pub const ADMINISTRATORS: [&str; 3] = [LEADER, COORDINATOR, MANAGER];

/// The users of Ahus. The last one's access ends in June.
pub const USERS: [&str; 5] =
    ["ada.testesen", "bo.testesen", "cato.testesen", "dina.testesen", "elin.testesen"];
/// The file of her whose access ends.
pub const ELIN: &str = "desired-state/ahus/elin.testesen.yaml";

/// The settings of the register, but for the keys.
fn settings_text() -> String {
    let evidence = "signature".to_owned();
    Register { before: "\n".to_owned(), evidence, ..Register::default() }.text()
}

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
    /// Returns the entry as it was before the program.
    fn of_old(self) -> Self {
        Self { from: "2026-01-05".to_owned(), on: "2026-01-02".to_owned(), ..self }
    }

    fn write(&self, text: &mut String) {
        let access = Access {
            application: self.application,
            unit: &self.unit,
            role: self.role,
            from: &self.from,
            until: self.until.as_ref().map(|until| until as &dyn Display),
            request: &self.request,
            by: &self.by,
            on: &self.on,
            identity: "known",
            contacted: None,
            revoked: None,
        };
        access.write(text);
    }
}

/// Returns the file of a health worker who is employed where the file is.
pub fn person(id: &str, employer: &str, entries: &[Entry]) -> String {
    let mut text = about(id, "Navn Testesen", employer, "health");
    text.push_str("access:\n");
    entries.iter().for_each(|entry| entry.write(&mut text));
    text
}

/// Returns the file of a person of Helse Vest IKT.
pub fn technician(id: &str, entries: &[Entry]) -> String {
    person(id, "helse-vest-ikt", entries).replace("staff: health", "staff: ict")
}

/// Returns the path of a file of a user of Ahus.
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
    write("desired-state/register.yaml", &settings_text());
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
