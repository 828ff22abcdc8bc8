//! Turns the request that a solver found into plain facts. Each is compared with the policies themselves. The evaluator
//! that decides in the daemon must say the same as the solver. Otherwise the result is unknown.

use cedar_policy::{Authorizer, Decision, Entities, EntityUid, PolicySet};
use cedar_policy_symcc::Env;
use portvakt_core::diag::{Text, text};
use portvakt_core::proof::{Example, ExampleEntity, Unsure};
use serde_json::{Value, json};

/// The evaluator's answer to a found request.
pub(super) struct Replayed {
    pub(super) allowed: bool,
    pub(super) errors: bool,
    pub(super) by: Vec<String>,
}

/// Asks the evaluator about a found request.
pub(super) fn replay(env: &Env, policies: &PolicySet) -> Replayed {
    let response = Authorizer::new().is_authorized(&env.request, policies, &env.entities);
    let diagnostics = response.diagnostics();
    let mut by: Vec<String> = diagnostics.reason().map(ToString::to_string).collect();
    by.sort();
    Replayed {
        allowed: response.decision() == Decision::Allow,
        errors: diagnostics.errors().next().is_some(),
        by,
    }
}

/// Turns a found request into an example. `by` are the policies that decide it.
pub(super) fn example_of(env: &Env, by: Vec<String>) -> Result<Example, Unsure> {
    let request = &env.request;
    let (Some(principal), Some(action), Some(resource)) =
        (request.principal(), request.action(), request.resource())
    else {
        return Err(lost(
            &text!(en: "a part of the request is missing", nb: "en del av forespørselen mangler"),
        ));
    };
    let context = match request.context() {
        None => json!({}),
        Some(context) => context.to_json_value().map_err(|error| lost(&Text::said(error.to_string())))?,
    };
    Ok(Example {
        principal: thing(&env.entities, principal)?,
        action: action.id().unescaped().to_owned(),
        resource: thing(&env.entities, resource)?,
        context,
        decided_by: by,
    })
}

fn thing(entities: &Entities, uid: &EntityUid) -> Result<ExampleEntity, Unsure> {
    let facts = match entities.get(uid) {
        None => json!({}),
        Some(entity) => {
            let whole = entity.to_json_value().map_err(|error| lost(&Text::said(error.to_string())))?;
            whole.get("attrs").cloned().unwrap_or(Value::Null)
        }
    };
    Ok(ExampleEntity { kind: uid.type_name().to_string(), facts })
}

/// The evaluator and the solver disagree, so nothing is known.
pub(super) fn disagreed() -> Unsure {
    Unsure::Failed(text!(
        en: "the solver and the evaluator do not agree about a request",
        nb: "løseren og programmet er ikke enige om en forespørsel"
    ))
}

fn lost(why: &Text) -> Unsure {
    Unsure::Failed(text!(
        with why;
        en: "what the solver found could not be read: {why}",
        nb: "det løseren fant, kunne ikke leses: {why}"
    ))
}
