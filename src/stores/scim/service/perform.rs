//! Performs the steps of a plan, many at once, and reports the result of each.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::time::Instant;

use futures_util::stream::{self, StreamExt as _};
use portvakt_core::diag::text;
use portvakt_core::model::AccountId;
use portvakt_core::plan::{Effect, Step, StepSubject, StepTurn};
use portvakt_core::store::{MapKey, Misfit, Performed, StoreError, StoreTask, TaskOutcome};

use super::Service;
use crate::no_account;

impl Service {
    /// Does the tasks. Tasks that take away come first, and steps for one account are done one after the other.
    pub async fn perform(&self, tasks: &[StoreTask<'_>], say: &Sender<TaskOutcome>) {
        self.refresh();
        if let Ok(mut begun) = self.begun.lock() {
            *begun = Some(Instant::now());
        }
        let takes =
            |at: &usize| tasks.get(*at).is_some_and(|task| task.step.effect.turn() == StepTurn::Takes);
        let (first, second): (Vec<usize>, Vec<usize>) = (0..tasks.len()).partition(takes);
        for (stage, gives) in [(first, false), (second, true)] {
            let stage = if gives { self.together_or_alone(tasks, stage, say).await } else { stage };
            let mut accounts: Vec<Vec<usize>> = Vec::new();
            let mut place: BTreeMap<&StepSubject, usize> = BTreeMap::new();
            for at in stage {
                let Some(task) = tasks.get(at) else { continue };
                let next = accounts.len();
                let place = *place.entry(&task.step.subject).or_insert(next);
                match accounts.get_mut(place) {
                    Some(steps) if task.step.subject != StepSubject::Nobody => steps.push(at),
                    _ => accounts.push(vec![at]),
                }
            }
            stream::iter(accounts)
                .for_each_concurrent(self.in_flight, |steps| async move {
                    for at in steps {
                        if self.stopped.load(Ordering::Relaxed) {
                            return;
                        }
                        let Some(task) = tasks.get(at) else { return };
                        let (opened, done) = self.one(task).await;
                        // Sending fails only if the caller has stopped listening. Then the outcome is dropped.
                        let _broken_off = say.send(TaskOutcome { at, opened, done });
                    }
                })
                .await;
        }
    }

    pub(in crate::scim) async fn one(
        &self,
        task: &StoreTask<'_>,
    ) -> (Option<AccountId>, Result<Performed, StoreError>) {
        let [gives, amends] = &self.refused;
        let refusals = match &task.step.effect {
            Effect::Raise { .. } => gives,
            Effect::Amend { .. } => amends,
            Effect::Lower { .. } | Effect::Sweep { .. } | Effect::Settle { .. } => {
                return self.done(task).await;
            }
        };
        let _turn = match refusals.enter().await {
            Ok(turn) => turn,
            Err(why) => return (None, Err(why)),
        };
        if let Err(why) = self.fits(task.step).await {
            return (None, Err(why));
        }
        let (opened, done) = self.done(task).await;
        refusals.note(task.step, opened.as_ref().map(AccountId::as_str), done.as_ref().err());
        (opened, done)
    }

    /// Refuses a step that could not be finished, before anything is written. Either the attribute map does not fit the
    /// account, or the service has no place for rights.
    async fn fits(&self, step: &Step) -> Result<(), StoreError> {
        let misfits = self.misfits().await?;
        let in_the_way = |misfit: &&Misfit| match (&step.subject, &step.effect) {
            (StepSubject::New(_), _) => true,
            (_, Effect::Raise { .. }) => misfit.key == Some(MapKey::Roles),
            _ => false,
        };
        match misfits.iter().find(in_the_way) {
            Some(misfit) => Err(StoreError::Unfit(Box::new(misfit.clone()))),
            None => Ok(()),
        }
    }

    async fn done(&self, task: &StoreTask<'_>) -> (Option<AccountId>, Result<Performed, StoreError>) {
        let step = task.step;
        match (&step.subject, &step.effect) {
            (StepSubject::Account(id), Effect::Settle { .. }) => {
                (None, Ok(Performed { account: Some(id.clone()), after: None }))
            }
            (_, Effect::Settle { .. }) => (None, Ok(Performed { account: None, after: None })),
            (StepSubject::Account(id), effect) => (None, self.bring(id, effect, None).await),
            (StepSubject::New(new), Effect::Raise { grant }) => {
                // Without the name in the intent, a lost answer would leave an account that nobody can find.
                let Some(opening) = &task.opening else {
                    return (
                        None,
                        Err(StoreError::Refused(text!(
                            en: "an account is opened under no name",
                            nb: "en konto skal åpnes uten navn"
                        ))),
                    );
                };
                self.open(new, grant, &step.effect, opening).await
            }
            (StepSubject::New(_) | StepSubject::Nobody, _) => (None, Err(StoreError::Refused(no_account()))),
        }
    }
}
