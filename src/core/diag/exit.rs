//! Exit codes, the same for every command and format. The README lists them for people.

/// How a run ended. If there are several outcomes, [`Exit::worst`] picks the one to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything is in order, or there is only advice.
    Ok,
    /// Something is invalid or denied.
    Findings,
    /// The command line is not valid.
    Usage,
    /// A plan is not empty, or the store has drifted.
    Differs,
    /// A guard holds something until somebody releases it.
    Held,
    /// The program could not run, because of a file or the store.
    Failed,
}

impl Exit {
    /// The exit code for the caller.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Differs => 3,
            Self::Held => 4,
            Self::Failed => 5,
        }
    }

    /// Returns the outcome of the two to report. The order is: usage, failed, held, findings, differs, ok.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Ok => 0,
            Self::Differs => 1,
            Self::Findings => 2,
            Self::Held => 3,
            Self::Failed => 4,
            Self::Usage => 5,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_the_first_of_2_5_4_1_3_is_told() {
        let order = [Exit::Usage, Exit::Failed, Exit::Held, Exit::Findings, Exit::Differs, Exit::Ok];
        assert_eq!(order.map(Exit::code), [2, 5, 4, 1, 3, 0]);
        for (at, first) in order.iter().enumerate() {
            for second in &order[at..] {
                assert_eq!(first.worst(*second), *first);
                assert_eq!(second.worst(*first), *first);
            }
        }
    }
}
