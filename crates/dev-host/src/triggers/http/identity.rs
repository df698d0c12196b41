//! `Identities`: what the host says about the sender of a request.

use serde_json::{Value, json};

use super::keys::Caller;

const CLAIMS: &str = "http://schemas.microsoft.com/2017/07/functions/claims";

/// The single identity of every request. It has claims if a key was given.
pub(super) fn of(caller: Caller) -> Value {
    let claims = match caller {
        Caller::Anonymous => Vec::new(),
        Caller::Function => claims("Function", "default"),
        Caller::Admin => claims("Admin", "master"),
    };
    let is_known = caller != Caller::Anonymous;
    json!({
        "AuthenticationType": is_known.then_some("WebJobsAuthLevel"),
        "IsAuthenticated": is_known,
        "Actor": null,
        "BootstrapContext": null,
        "Claims": claims,
        "Label": null,
        "Name": null,
        "NameClaimType": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
        "RoleClaimType": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    })
}

fn claims(level: &str, key: &str) -> Vec<Value> {
    let claim = |name: &str, value: &str| {
        json!({
            "Issuer": "LOCAL AUTHORITY",
            "OriginalIssuer": "LOCAL AUTHORITY",
            "Properties": {},
            "Type": format!("{CLAIMS}/{name}"),
            "Value": value,
            "ValueType": "http://www.w3.org/2001/XMLSchema#string",
        })
    };
    vec![
        claim("authlevel", level),
        claim("invoke", "true"),
        claim("keyid", key),
    ]
}
