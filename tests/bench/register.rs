//! The settings of the small register that the fixtures have, with its people and units. The people are fictional.

/// The register leader, who approves coordinators.
pub const LEADER: &str = "leder.eksempelvik";
/// The national register coordinator.
pub const COORDINATOR: &str = "nasjonal.eksempelvik";
/// The system manager of Helse Vest IKT.
pub const MANAGER: &str = "system.eksempelvik";
/// The administrator of Helse Nord IKT.
pub const ICT: &str = "ikt.eksempelvik";
/// The register coordinator at Ahus.
pub const LC_AHUS: &str = "lc.ahusen";
/// The register coordinator at Fonna.
pub const LC_FONNA: &str = "lc.fonnasen";

/// The unit of Helse Bergen.
pub const BERGEN: u32 = 100_082;
/// The first unit of Ahus.
pub const AHUS: u32 = 100_089;
/// The second unit of Ahus.
pub const SKI: u32 = 200_089;
/// The unit of Helse Fonna.
pub const FONNA: u32 = 100_084;
/// The unit for tests, which has no patients.
pub const TEST: u32 = 900_000_001;

/// The national administrators with their offices, in the order leader, coordinator, manager.
pub const ADMINISTRATORS: [&str; 3] = [
    "person: leder.eksempelvik, name: Leder Eksempelvik, office: register-leader, from: 2015-01-01",
    "person: nasjonal.eksempelvik, name: Nasjonal Eksempelvik, office: national-coordinator, from: 2015-01-01",
    "person: system.eksempelvik, name: System Eksempelvik, office: system-manager, from: 2015-01-01",
];

/// The national unit and three trusts with their units.
pub const TRUSTS: [&str; 4] = [
    "nasjonal: {name: Nasjonalt, kind: national, units: {0: Nasjonal}}",
    "helse-bergen: {name: Helse Bergen HF, org_no: 983974724, host: true, units: {100082: Haukeland}}",
    "ahus: {name: Ahus HF, org_no: 983971636, units: {100089: Ahus, 200089: Ski}}",
    "helse-fonna: {name: Helse Fonna HF, org_no: 983974694, units: {100084: Fonna}}",
];

/// The trust that holds the unit for tests.
pub const TEST_TRUST: &str = "utvikling: {name: Utvikling, kind: test, units: {900000001: Utvikling}}";

/// `register.yaml`, as far as the fixtures differ in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// The text before the first key: a comment with its end of line, an empty line, or nothing.
    pub before: String,
    /// The kind of evidence, with the lines that belong to it but without the last end of line.
    pub evidence: String,
    /// The largest number of coordinators of a trust.
    pub most_coordinators: u32,
    /// The appointments, each as its keys and values.
    pub administrators: Vec<String>,
    /// The trusts, each with its id.
    pub trusts: Vec<String>,
    /// The limits of removals. The first two are for a trust: the least number and the percentage. The other three are
    /// for all: the least number, the percentage and the most.
    pub limits: [usize; 5],
    /// The longest stay of a registrar in months.
    pub max_lis_months: u32,
}

impl Default for Register {
    /// Three administrators, four trusts, and approvals that count as they are written.
    fn default() -> Self {
        Self {
            before: String::new(),
            evidence: "declared".to_owned(),
            most_coordinators: 2,
            administrators: ADMINISTRATORS.map(str::to_owned).to_vec(),
            trusts: TRUSTS.map(str::to_owned).to_vec(),
            limits: [2, 10, 3, 5, 10],
            max_lis_months: 12,
        }
    }
}

impl Register {
    /// The bytes of the file.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { before, evidence, most_coordinators, administrators, trusts, limits, max_lis_months } =
            self;
        let administrators: String = administrators.iter().map(|one| format!("  - {{{one}}}\n")).collect();
        let trusts: String = trusts.iter().map(|one| format!("  {one}\n")).collect();
        let [trust, percent, all, all_percent, most] = limits;
        format!(
            "{before}id: smerteregisteret
evidence: {evidence}
name: Smerteregisteret
time_zone: Europe/Oslo
applications: {{smerteregisteret: Smerteregisteret, rapporteket-smerte: Rapporteket - Smerte}}
roles:
  SC: {{name: Leder, counted: true}}
  LC: {{name: Koordinator, counted: true}}
  LU: {{name: Bruker}}
coordinators: {{role: LC, application: smerteregisteret}}
most_coordinators: {most_coordinators}
offices: {{register-leader: Leder, national-coordinator: Koordinator, system-manager: Forvalter, ict-administrator: IKT}}
administrators:
{administrators}trusts:
{trusts}ict_bodies: {{helse-vest-ikt: Helse Vest IKT, helse-nord-ikt: Helse Nord IKT, nhn: Norsk helsenett}}
removal_limits:
  trust: {{least: {trust}, percent: {percent}}}
  all: {{least: {all}, percent: {all_percent}, most: {most}}}
max_lis_months: {max_lis_months}
review_months: 3
contact_in_git: false
accounts: {{ignore: [], adopt: {{}}}}
"
        )
    }
}
