//! Reads rights and subscriptions from their rows.

use std::collections::HashSet;

use jiff::civil::Date;
use portvakt_core::model::{ApplicationId, RequestId, Right, RoleId, Subscription, UnitId};
use portvakt_core::store::StoreError;
use portvakt_database::Row;

use crate::tables::odd_row::{OddRow, RowKind, RowPart};

/// Words that are in very many rows. Each is checked and made only once.
#[derive(Default)]
pub(super) struct Words {
    applications: HashSet<ApplicationId>,
    roles: HashSet<RoleId>,
}

impl Words {
    fn application(&mut self, text: &str) -> Option<ApplicationId> {
        if let Some(known) = self.applications.get(text) {
            return Some(known.clone());
        }
        let new = ApplicationId::new(text).ok()?;
        self.applications.insert(new.clone());
        Some(new)
    }

    fn role(&mut self, text: &str) -> Option<RoleId> {
        if let Some(known) = self.roles.get(text) {
            return Some(known.clone());
        }
        let new = RoleId::new(text).ok()?;
        self.roles.insert(new.clone());
        Some(new)
    }

    /// Reads the subject of a right or a subscription from the columns owner, application, unit and role. `what`
    /// names the kind of row in the error about an odd value.
    fn about(
        &mut self,
        row: &Row<'_>,
        [owner, application, unit, role]: [usize; 4],
        what: RowKind,
    ) -> Result<Result<Right, OddRow>, StoreError> {
        let text = row.text(application)?;
        let Some(application) = self.application(text) else {
            return Ok(Err(odd(row.text(owner)?, what, RowPart::Application, text)));
        };
        let number = row.get::<i64>(unit)?;
        let Ok(unit) = u32::try_from(number) else {
            return Ok(Err(odd(row.text(owner)?, what, RowPart::Unit, &number.to_string())));
        };
        let text = row.text(role)?;
        let Some(role) = self.role(text) else {
            return Ok(Err(odd(row.text(owner)?, what, RowPart::Role, text)));
        };
        Ok(Ok(Right { application, unit: UnitId(unit), role }))
    }

    /// Reads a right from the columns owner, application, unit, role and request.
    pub(super) fn right(
        &mut self,
        row: &Row<'_>,
        [owner, application, unit, role, request]: [usize; 5],
    ) -> Result<Result<(Right, Option<RequestId>), OddRow>, StoreError> {
        const ROW: RowKind = RowKind::Right;
        let right = match self.about(row, [owner, application, unit, role], ROW)? {
            Ok(right) => right,
            Err(wrong) => return Ok(Err(wrong)),
        };
        let request = match row.text_or_null(request)?.map(|text| RequestId::new(text).map_err(|_| text)) {
            None => None,
            Some(Ok(request)) => Some(request),
            Some(Err(text)) => return Ok(Err(odd(row.text(owner)?, ROW, RowPart::Request, text))),
        };
        Ok(Ok((right, request)))
    }

    /// Reads a subscription from the columns owner, id, application, unit, role, address and last day.
    pub(super) fn subscription(
        &mut self,
        row: &Row<'_>,
        [owner, id, application, unit, role, address, until]: [usize; 7],
    ) -> Result<Result<Subscription, OddRow>, StoreError> {
        const ROW: RowKind = RowKind::Subscription;
        let Right { application, unit, role } =
            match self.about(row, [owner, application, unit, role], ROW)? {
                Ok(right) => right,
                Err(wrong) => return Ok(Err(wrong)),
            };
        let text = row.text(until)?;
        let Ok(until) = text.parse::<Date>() else {
            return Ok(Err(odd(row.text(owner)?, ROW, RowPart::LastDay, text)));
        };
        let address = row.text_or_null(address)?.unwrap_or_default().to_owned();
        Ok(Ok(Subscription { id: row.get(id)?, application, role, unit, address, until }))
    }
}

/// Makes the error for a value that means nothing.
pub(super) fn odd(account: &str, row: RowKind, part: RowPart, value: &str) -> OddRow {
    OddRow { row, account: account.to_owned(), part, value: value.to_owned() }
}
