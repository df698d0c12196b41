//! Authentication.
//!
//! On Azure, App Service authentication signs users in before a request arrives here. It names the
//! user in the header `X-MS-CLIENT-PRINCIPAL`, which it removes from requests from outside
//! (<https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities>). The
//! settings refuse to start if the platform does not do that.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, header, request::Parts},
    middleware::Next,
    response::Response,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;

use crate::{
    app::App,
    error::{Error, PageError},
    settings::AuthMode,
};

/// The role that may see everybody's images.
const ADMIN_ROLE: &str = "Darkroom.Admin";
/// The claim with Entra ID's permanent id of a user. Names and addresses can pass to other people.
const OBJECT_ID: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";
/// The type of role claims, if a principal does not name one.
const ROLES: &str = "roles";

/// The user who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The user's id in records: `{provider}:{id}`, or `local` without authentication.
    pub id: String,
    /// The name that pages show.
    pub name: String,
    /// Whether the user may see everybody's images.
    pub admin: bool,
}

impl User {
    /// The one user of a machine without authentication.
    #[must_use]
    pub fn local() -> Self {
        Self {
            id: "local".to_owned(),
            name: "This machine".to_owned(),
            admin: true,
        }
    }

    /// Whether the user may see what `uploader` uploaded.
    #[must_use]
    pub fn may_see(&self, uploader: Option<&str>) -> bool {
        self.admin || uploader == Some(&self.id)
    }

    /// Reads the header of App Service. `None` if nobody is signed in.
    fn from_easy_auth(headers: &HeaderMap) -> Option<Self> {
        let encoded = headers.get("x-ms-client-principal")?.as_bytes();
        let json = BASE64_STANDARD.decode(encoded).ok()?;
        let principal: Principal = serde_json::from_slice(&json).ok()?;
        let stated = headers
            .get("x-ms-client-principal-id")
            .and_then(|id| id.to_str().ok());
        let id = principal.claim(OBJECT_ID).or(stated)?;
        let name = headers
            .get("x-ms-client-principal-name")
            .and_then(|name| name.to_str().ok());
        let roles = principal.role_type.as_deref().unwrap_or(ROLES);
        Some(Self {
            id: format!("{}:{id}", principal.provider),
            name: principal.claim("name").or(name).unwrap_or(id).to_owned(),
            admin: principal
                .claims
                .iter()
                .any(|claim| (claim.typ == roles || claim.typ == ROLES) && claim.val == ADMIN_ROLE),
        })
    }
}

/// The decoded header.
#[derive(Deserialize)]
struct Principal {
    #[serde(rename = "auth_typ")]
    provider: String,
    #[serde(rename = "role_typ")]
    role_type: Option<String>,
    #[serde(default)]
    claims: Vec<Claim>,
}

#[derive(Deserialize)]
struct Claim {
    typ: String,
    val: String,
}

impl Principal {
    fn claim(&self, typ: &str) -> Option<&str> {
        let claim = self.claims.iter().find(|claim| claim.typ == typ)?;
        Some(&claim.val)
    }
}

/// Lets a request pass with its [`User`], or answers it with an error.
pub async fn layer(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    match user(&app, request.headers()) {
        Ok(user) => {
            request.extensions_mut().insert(user);
            next.run(request).await
        }
        Err(error) => error.respond(request.uri().path()),
    }
}

fn user(app: &App, headers: &HeaderMap) -> Result<User, Error> {
    match app.settings.auth {
        AuthMode::EasyAuth => User::from_easy_auth(headers).ok_or(Error::Unauthenticated),
        AuthMode::None if is_local(headers) => Ok(User::local()),
        AuthMode::None => Err(Error::Forbidden(
            "Without authentication, only requests to localhost are answered.",
        )),
    }
}

/// Whether the request names this machine. A page from elsewhere can make its own name resolve to
/// this machine and so reach it as its own origin, but it cannot make the browser call that name
/// `localhost`.
fn is_local(headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let name = host.map(|host| match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    });
    matches!(name, Some("localhost" | "127.0.0.1" | "[::1]"))
}

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let user = parts.extensions.get::<Self>().cloned();
        user.ok_or(PageError(Error::Unauthenticated))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use serde_json::json;

    use super::*;

    fn signed_in(principal: &serde_json::Value) -> HeaderMap {
        let encoded = BASE64_STANDARD.encode(principal.to_string());
        let mut headers = HeaderMap::new();
        headers.insert(
            "x-ms-client-principal",
            HeaderValue::try_from(encoded).unwrap(),
        );
        headers.insert("x-ms-client-principal-id", HeaderValue::from_static("id-1"));
        headers
    }

    #[test]
    fn a_user_is_known_by_the_lasting_id() {
        let principal = json!({"auth_typ": "aad", "name_typ": "x", "role_typ": "roles", "claims": [
            {"typ": OBJECT_ID, "val": "oid-1"}, {"typ": "name", "val": "Ana Silva"},
        ]});
        let user = User::from_easy_auth(&signed_in(&principal)).unwrap();
        assert_eq!(user.id, "aad:oid-1");
        assert_eq!(user.name, "Ana Silva");
        assert!(!user.admin);
        assert!(user.may_see(Some("aad:oid-1")) && !user.may_see(Some("aad:oid-2")));
        assert!(!user.may_see(None));
    }

    #[test]
    fn the_role_is_read_from_the_claims_that_are_roles() {
        let role = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";
        let principal = |typ: &str| {
            json!({"auth_typ": "aad", "role_typ": role,
                   "claims": [{"typ": typ, "val": ADMIN_ROLE}]})
        };
        let admin = |typ| {
            User::from_easy_auth(&signed_in(&principal(typ)))
                .unwrap()
                .admin
        };
        assert!(admin(role) && admin("roles"));
        assert!(!admin("name"));
    }

    #[test]
    fn what_is_no_principal_is_nobody() {
        let mut headers = HeaderMap::new();
        headers.insert("x-ms-client-principal-id", HeaderValue::from_static("id-1"));
        assert_eq!(User::from_easy_auth(&headers), None);
        headers.insert("x-ms-client-principal", HeaderValue::from_static("%%%"));
        assert_eq!(User::from_easy_auth(&headers), None);
    }

    #[test]
    fn another_name_for_this_machine_is_refused() {
        let local = |host: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            is_local(&headers)
        };
        assert!(local("localhost:8080") && local("127.0.0.1") && local("[::1]:80"));
        assert!(!local("evil.example:8080") && !local("localhost.evil.example"));
        assert!(!is_local(&HeaderMap::new()));
    }
}
