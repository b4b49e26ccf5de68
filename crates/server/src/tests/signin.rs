//! Signing in over HTTP, what each role opens, and forms that are not ours.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreHmacKey, CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey};
use openidconnect::{JsonWebKeyId, PrivateSigningKey};
use people::{Person, Right, Role, Stage};
use rsa::pkcs1::EncodeRsaPrivateKey;
use sha2::{Digest, Sha256};

use super::*;
use crate::clock::now;
use crate::http::admin_router;

pub(super) const LONG: &str = "Hoa sữa thu 2026!";

/// An app with accounts.
pub(super) async fn house(change: impl FnOnce(&mut Config)) -> (App, TempDir) {
    let (mut app, folder) = app(None).await;
    let mut config = Config::clone(&app.setup.config);
    change(&mut config);
    app.setup.config = Arc::new(config);
    // Conversations follow the settings too.
    let app = app.with_chat().await.unwrap().with_people(&|_| None).await.unwrap();
    (app, folder)
}

/// Somebody who has signed in: the cookie, and what stands in their forms.
pub(super) struct Signed {
    pub(super) cookie: String,
    pub(super) form: String,
}

/// Adds an account and signs it in through every step.
pub(super) async fn signed(app: &App, name: &str, roles: &[Role]) -> Signed {
    signed_of(app, name, roles, &[]).await
}

/// The same of somebody in groups.
pub(super) async fn signed_of(app: &App, name: &str, roles: &[Role], groups: &[String]) -> Signed {
    let people = app.people.as_ref().unwrap();
    let first = people.add(&Person::operator("vận hành"), name, name, roles, groups).await.unwrap();
    let mut opened = people.sign_in(name, &first, "10.0.0.1").await.unwrap();
    loop {
        let person = people.session(&opened.token, true).await.unwrap().unwrap();
        opened = match opened.stage {
            Stage::Password => people.set_password(&person, "", LONG).await.unwrap(),
            Stage::Enrol => {
                let secret = people.begin_second(&person).await.unwrap().secret;
                let person = people.session(&opened.token, true).await.unwrap().unwrap();
                people.set_second(&person, &people::code(&secret, now().as_second())).await.unwrap()
            }
            Stage::Code => unreachable!("a new account has no second factor yet"),
            Stage::In => {
                return Signed {
                    cookie: format!("__Host-khue={}", opened.token),
                    form: person.form,
                };
            }
        };
    }
}

/// A request as a browser makes it; status, where it leads to, body.
async fn call(
    routes: &Router,
    method: &str,
    path: &str,
    who: Option<&Signed>,
    body: &str,
) -> (StatusCode, String, String) {
    let to = match (method, who) {
        ("POST", Some(who)) if !path.contains("form=") => format!("{path}?form={}", who.form),
        _ => path.to_owned(),
    };
    let mut request = Request::builder()
        .method(method)
        .uri(to)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin");
    if let Some(who) = who {
        request = request.header(header::COOKIE, &who.cookie);
    }
    answer(routes, request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn answer(routes: &Router, request: Request<Body>) -> (StatusCode, String, String) {
    let response = routes.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let to =
        response.headers().get(header::LOCATION).map_or("", |it| it.to_str().unwrap()).to_owned();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, to, String::from_utf8_lossy(&bytes).into_owned())
}

/// Every page with what it needs.
const PAGES: &[(&str, Right)] = &[
    ("/staff", Right::LookUp),
    ("/staff/law", Right::LookUp),
    ("/staff/procedures", Right::LookUp),
    ("/staff/procedures/1.001193", Right::LookUp),
    ("/staff/draft", Right::LookUp),
    ("/staff/history", Right::LookUp),
    ("/staff/history/x", Right::LookUp),
    ("/staff/talks/x", Right::LookUp),
    ("/desk", Right::Desk),
    ("/desk/part", Right::Desk),
    ("/desk/x", Right::Desk),
    ("/desk/x/part", Right::Desk),
    ("/admin", Right::Figures),
    ("/admin/corpus", Right::Figures),
    ("/admin/corpus/part", Right::Figures),
    ("/admin/corpus/jobs/9", Right::Figures),
    ("/admin/corpus/jobs/9/files/0", Right::Content),
    ("/admin/control", Right::Figures),
    ("/admin/lab", Right::Figures),
    ("/admin/lab?q=x&expected=x", Right::Figures),
    ("/admin/eval", Right::Figures),
    ("/admin/gaps", Right::Content),
    ("/admin/feedback", Right::Content),
    ("/admin/talks", Right::Talks),
    ("/admin/talks/x", Right::Talks),
    ("/admin/people", Right::Users),
    ("/admin/people/one?name=x", Right::Users),
    ("/admin/audit", Right::Audit),
    ("/admin/audit.csv", Right::Audit),
];

/// Every change with what it needs; an empty form changes nothing.
const CHANGES: &[(&str, Right)] = &[
    ("/staff", Right::LookUp),
    ("/staff/new", Right::LookUp),
    ("/staff/rate", Right::LookUp),
    ("/staff/draft", Right::LookUp),
    ("/staff/draft.docx", Right::LookUp),
    ("/staff/history/x/erase", Right::LookUp),
    ("/desk/x/take", Right::Desk),
    ("/desk/x/say", Right::Desk),
    ("/desk/x/back", Right::Desk),
    ("/desk/x/called", Right::Desk),
    ("/admin/corpus/rollback", Right::Content),
    ("/admin/corpus/upload", Right::Content),
    ("/admin/corpus/jobs/9/again", Right::Content),
    ("/admin/control/answer", Right::Content),
    ("/admin/control/renew", Right::Content),
    ("/admin/control/drop", Right::Content),
    ("/admin/feedback/x", Right::Content),
    ("/admin/gaps", Right::Content),
    ("/admin/eval/run", Right::Content),
    ("/admin/control/off", Right::Switches),
    ("/admin/control/undo", Right::Switches),
    ("/admin/control/notice", Right::Switches),
    ("/admin/control/forbid", Right::Switches),
    ("/admin/talks/ask", Right::Talks),
    ("/admin/talks/permit", Right::Talks),
    ("/admin/talks/x/replay", Right::Talks),
    ("/admin/people/add", Right::Users),
    ("/admin/people/roles", Right::Users),
    ("/admin/people/open", Right::Users),
    ("/admin/people/close", Right::Users),
    ("/admin/people/reset", Right::Users),
];

#[tokio::test]
async fn every_route_opens_for_its_roles_alone() {
    let (app, _folder) = house(|_| {}).await;
    let (public, admin) = (router(app.clone()), admin_router(app.clone()));
    for &(path, _) in PAGES.iter().chain(CHANGES) {
        for (routes, method) in [(&public, "GET"), (&admin, "GET"), (&admin, "POST")] {
            let (status, to, _) = call(routes, method, path, None, "").await;
            match path.starts_with("/admin") && std::ptr::eq(routes, &public) {
                // The administration is not even there on the public address.
                true => assert_eq!(status, StatusCode::NOT_FOUND, "{path}"),
                false => assert!(
                    to.starts_with("/signin") || status == StatusCode::METHOD_NOT_ALLOWED,
                    "{method} {path} {status} {to}"
                ),
            }
        }
    }
    for role in Role::ALL {
        let who = signed(&app, role.name(), &[role]).await;
        for (method, list) in [("GET", PAGES), ("POST", CHANGES)] {
            for &(path, right) in list {
                let (status, to, body) = call(&admin, method, path, Some(&who), "").await;
                let open = role.may(right);
                assert_eq!(
                    status != StatusCode::FORBIDDEN,
                    open,
                    "{} {method} {path} {status} {body}",
                    role.name()
                );
                assert!(!to.starts_with("/signin"), "{} {method} {path}", role.name());
                assert!(
                    !status.is_server_error(),
                    "{} {method} {path} {status} {body}",
                    role.name()
                );
            }
        }
    }
}

#[tokio::test]
async fn signing_in_gives_a_cookie_that_only_this_page_uses() {
    let (app, _folder) = house(|_| {}).await;
    let routes = router(app.clone());
    let who = signed(&app, "lan", &[Role::Staff]).await;
    for (body, site, expect) in [
        ("name=lan&password=sai", "same-origin", StatusCode::UNAUTHORIZED),
        ("name=lan&password=Hoa+s%E1%BB%AFa+thu+2026%21", "cross-site", StatusCode::FORBIDDEN),
        (
            "name=lan&password=Hoa+s%E1%BB%AFa+thu+2026%21&then=%2Fstaff%2Flaw",
            "same-origin",
            StatusCode::SEE_OTHER,
        ),
    ] {
        let request = Request::builder()
            .method("POST")
            .uri("/signin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", site)
            .body(Body::from(body))
            .unwrap();
        let response = routes.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), expect, "{body}");
        let cookie = response.headers().get(header::SET_COOKIE).map(|it| it.to_str().unwrap());
        assert_eq!(cookie.is_some(), expect == StatusCode::SEE_OTHER);
        if let Some(cookie) = cookie {
            for part in ["__Host-khue=", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
                assert!(cookie.contains(part), "{cookie}");
            }
        }
    }
    // Whoever has signed in goes to a place of ours, wherever a link says.
    for (then, expect) in [
        ("/staff/law?at=x", "/staff/law?at=x"),
        ("//evil.example", "/staff"),
        ("https://evil.example", "/staff"),
        ("/\\evil.example", "/staff"),
        ("/\t/evil.example", "/staff"),
        ("/staff.evil.example", "/staff"),
        ("/signin/provider", "/staff"),
        ("", "/staff"),
    ] {
        let (status, to, _) = call(
            &routes,
            "GET",
            &web::house::address("/signin", &[("then", then)]),
            Some(&who),
            "",
        )
        .await;
        assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, expect));
    }
    // A form of another page, of another session, or without its mark does nothing.
    let other = signed(&app, "minh", &[Role::Staff]).await;
    for (path, site) in [
        ("/signout?form=".to_owned(), "same-origin"),
        (format!("/signout?form={}", other.form), "same-origin"),
        (format!("/signout?form={}", who.form), "cross-site"),
        (format!("/staff/new?form={}x", who.form), "same-origin"),
    ] {
        let request = Request::builder()
            .method("POST")
            .uri(&path)
            .header("sec-fetch-site", site)
            .header(header::COOKIE, &who.cookie);
        let (status, _, body) = answer(&routes, request.body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        assert!(body.starts_with("<!DOCTYPE html>"), "{path}: {body}");
    }
    let (status, to, _) = call(&routes, "POST", "/signout", Some(&who), "").await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/signin"));
    let (_, to, _) = call(&routes, "GET", "/staff", Some(&who), "").await;
    assert_eq!(to, "/signin?then=%2Fstaff");
    // No page of theirs is kept by a browser, and none may be shown in a frame.
    let request = Request::builder()
        .uri("/staff")
        .header(header::COOKIE, &other.cookie)
        .body(Body::empty())
        .unwrap();
    let response = routes.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    assert!(
        response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .contains("frame-ancestors 'none'")
    );
}

/// An identity provider of the tests.
#[derive(Clone)]
struct Idp {
    issuer: String,
    inner: Arc<Mutex<Issued>>,
}

struct Issued {
    pem: String,
    kid: String,
    challenge: String,
    claims: Value,
    userinfo: Value,
    calls: usize,
    /// How the next token is forged, if it is.
    forged: String,
}

impl Idp {
    fn lock(&self) -> MutexGuard<'_, Issued> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn start() -> Idp {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}/realms/thu", listener.local_addr().unwrap());
        let (claims, userinfo) = (Value::Null, json!({"sub": "aa"}));
        let (pem, kid) = (key(), "k1".into());
        let (challenge, forged) = (String::new(), String::new());
        let issued = Issued { pem, kid, challenge, claims, userinfo, calls: 0, forged };
        let idp = Idp { issuer, inner: Arc::new(Mutex::new(issued)) };
        let routes = Router::new()
            .route("/realms/thu/.well-known/openid-configuration", get(discovery))
            .route("/realms/thu/jwks", get(jwks))
            .route("/realms/thu/token", post(token))
            .route("/realms/thu/userinfo", get(userinfo_of))
            .with_state(idp.clone());
        #[expect(clippy::disallowed_methods, reason = "the provider runs beside the test")]
        tokio::spawn(async move { axum::serve(listener, routes).await });
        idp
    }
}

/// A key that is made anew for each test.
fn key() -> String {
    let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
    key.to_pkcs1_pem(rsa::pkcs8::LineEnding::LF).unwrap().to_string()
}

fn signing(issued: &Issued) -> CoreRsaPrivateSigningKey {
    CoreRsaPrivateSigningKey::from_pem(&issued.pem, Some(JsonWebKeyId::new(issued.kid.clone())))
        .unwrap()
}

fn signed_by(issued: &Issued, text: &str) -> Vec<u8> {
    let algorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;
    signing(issued).sign(&algorithm, text.as_bytes()).unwrap()
}

fn blank(of: &Issued) -> Issued {
    let (claims, userinfo) = (Value::Null, Value::Null);
    let (pem, challenge, forged) = (String::new(), String::new(), String::new());
    Issued { pem, kid: of.kid.clone(), challenge, claims, userinfo, calls: 0, forged }
}

async fn discovery(State(idp): State<Idp>) -> Json<Value> {
    let at = |name: &str| format!("{}/{name}", idp.issuer);
    Json(json!({
        "issuer": idp.issuer, "authorization_endpoint": at("authorize"), "token_endpoint": at("token"),
        "userinfo_endpoint": at("userinfo"), "jwks_uri": at("jwks"), "end_session_endpoint": at("logout"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }))
}

async fn jwks(State(idp): State<Idp>) -> Json<Value> {
    let mut issued = idp.lock();
    issued.calls += 1;
    Json(json!({"keys": [signing(&issued).as_verification_key()]}))
}

async fn token(State(idp): State<Idp>, Form(form): Form<BTreeMap<String, String>>) -> Response {
    let issued = idp.lock();
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(form["code_verifier"].as_bytes()));
    if challenge != issued.challenge || form["code"] != "ma-1" {
        return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response();
    }
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let algorithm = match issued.forged.as_str() {
        "none" => "none",
        "HS256" => "HS256",
        _ => "RS256",
    };
    let head = part(json!({"alg": algorithm, "kid": issued.kid}));
    let signed = format!("{head}.{}", part(issued.claims.clone()));
    let mark = match issued.forged.as_str() {
        "none" => Vec::new(),
        "HS256" => {
            let algorithm = CoreJwsSigningAlgorithm::HmacSha256;
            CoreHmacKey::new(b"bi-mat".to_vec()).sign(&algorithm, signed.as_bytes()).unwrap()
        }
        "foreign" => signed_by(&Issued { pem: key(), ..blank(&issued) }, &signed),
        _ => signed_by(&issued, &signed),
    };
    let id_token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mark));
    Json(json!({"access_token": "truy-cap", "token_type": "Bearer", "id_token": id_token}))
        .into_response()
}

async fn userinfo_of(State(idp): State<Idp>, headers: HeaderMap) -> Json<Value> {
    assert_eq!(headers[header::AUTHORIZATION], "Bearer truy-cap");
    Json(idp.lock().userinfo.clone())
}

/// What a test changes in a token before it is signed, and where that leads to.
type Case = (&'static str, Value, &'static str, StatusCode);

#[tokio::test]
async fn an_identity_provider_vouches_for_people_and_forged_tokens_open_nothing() {
    let idp = Idp::start().await;
    let (mut app, _folder) = house(|config| {
        config.serve.public = "https://khue.example.vn".into();
        config.serve.admin_public = "https://quan-tri.example.vn".into();
        config.oidc.issuer = idp.issuer.clone();
        config.oidc.client_id = "khue".into();
        config.oidc.roles = [("/tro-ly/reviewer".to_owned(), vec![Role::Reviewer])].into();
    })
    .await;
    app = app.with_people(&|_| Some("bi-mat".into())).await.unwrap();
    let routes = router(app.clone());
    let cases: Vec<Case> = vec![
        ("an honest one", json!({}), "/signin?then=%2Fstaff%2Flaw", StatusCode::SEE_OTHER),
        (
            "groups from userinfo",
            json!({"groups": null}),
            "/signin?then=%2Fstaff%2Flaw",
            StatusCode::SEE_OTHER,
        ),
        (
            "a little late",
            json!({"exp": now().as_second() - 30}),
            "/signin?then=%2Fstaff%2Flaw",
            StatusCode::SEE_OTHER,
        ),
        ("expired", json!({"exp": now().as_second() - 90}), "", StatusCode::BAD_GATEWAY),
        (
            "issued in the future",
            json!({"iat": now().as_second() + 600}),
            "",
            StatusCode::BAD_GATEWAY,
        ),
        (
            "another issuer",
            json!({"iss": "http://127.0.0.1:1/realms/khac"}),
            "",
            StatusCode::BAD_GATEWAY,
        ),
        ("another audience", json!({"aud": "khac"}), "", StatusCode::BAD_GATEWAY),
        ("made for another program", json!({"azp": "khac"}), "", StatusCode::BAD_GATEWAY),
        ("another nonce", json!({"nonce": "khac"}), "", StatusCode::BAD_GATEWAY),
        ("no signature", json!({"": "none"}), "", StatusCode::BAD_GATEWAY),
        ("signed with our own secret", json!({"": "HS256"}), "", StatusCode::BAD_GATEWAY),
        ("signed with a key that is not told", json!({"": "foreign"}), "", StatusCode::BAD_GATEWAY),
        ("no group", json!({"groups": ["/khac"]}), "", StatusCode::FORBIDDEN),
    ];
    for (what, change, expect_to, expect) in cases {
        let (cookie, state, _) = sent_away(&routes, &idp, &change).await;
        idp.lock().userinfo = json!({"sub": "aa", "groups": ["/tro-ly/reviewer", "/khac"]});
        let (status, to, _) = back(&routes, &cookie, &state, "ma-1").await;
        assert_eq!((status, to.as_str()), (expect, expect_to), "{what}");
    }
    // The keys were changed meanwhile: they are asked for once more.
    let (cookie, state, _) = sent_away(&routes, &idp, &json!({})).await;
    let calls = {
        let mut issued = idp.lock();
        (issued.pem, issued.kid) = (key(), "k2".into());
        issued.calls
    };
    assert_eq!(back(&routes, &cookie, &state, "ma-1").await.0, StatusCode::SEE_OTHER);
    assert_eq!(idp.lock().calls, calls + 1);
    // Another state, another browser, a second time, another code.
    let (cookie, state, _) = sent_away(&routes, &idp, &json!({})).await;
    for (cookie, state, code) in [
        (&*cookie, "khac", "ma-1"),
        ("__Host-khue-away=khac", &*state, "ma-1"),
        (&*cookie, &*state, "ma-1"),
    ] {
        assert_eq!(
            back(&routes, cookie, state, code).await.0,
            StatusCode::BAD_GATEWAY,
            "the first try has used it up"
        );
    }
    let (cookie, state, _) = sent_away(&routes, &idp, &json!({})).await;
    assert_eq!(back(&routes, &cookie, &state, "ma-2").await.0, StatusCode::BAD_GATEWAY);
    // One account, with the roles of today; nothing else of the claims is kept.
    let people = app.people.as_ref().unwrap();
    let accounts = people.accounts().await.unwrap();
    assert_eq!(accounts.len(), 1);
    assert_eq!(
        (accounts[0].name.as_str(), &accounts[0].roles),
        ("canbo.thu@sso", &vec![Role::Reviewer])
    );
    let log = people.trail(i64::MAX, 100).await.unwrap();
    assert!(log.iter().any(|it| it.did == "sign_in.no_role"));
    assert_eq!(log.iter().filter(|it| it.did == "sign_in").count(), 4);
}

/// Goes to the provider, which will answer with changed claims; the cookie, the state and the address.
async fn sent_away(routes: &Router, idp: &Idp, change: &Value) -> (String, String, String) {
    let request = Request::builder()
        .uri("/signin/provider?then=%2Fstaff%2Flaw")
        .header(header::HOST, "khue.example.vn");
    let response = routes.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let cookie = response.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let to = response.headers()[header::LOCATION].to_str().unwrap().to_owned();
    assert!(to.starts_with(&format!("{}/authorize", idp.issuer)), "{to}");
    let query: BTreeMap<String, String> = to
        .split_once('?')
        .unwrap()
        .1
        .split('&')
        .filter_map(|it| it.split_once('='))
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect();
    assert_eq!(query["redirect_uri"], "https%3A%2F%2Fkhue.example.vn%2Fsignin%2Fcallback");
    assert_eq!(
        (query["code_challenge_method"].as_str(), query["client_id"].as_str()),
        ("S256", "khue")
    );
    let second = now().as_second();
    let mut claims = json!({
        "iss": idp.issuer, "sub": "aa", "aud": "khue", "exp": second + 300, "iat": second, "nonce": query["nonce"],
        "preferred_username": "canbo.thu", "groups": ["/tro-ly/reviewer", "/khac"],
    });
    for (name, value) in change.as_object().unwrap() {
        match value {
            // How it is signed, not what it says.
            _ if name.is_empty() => {}
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    let mut issued = idp.lock();
    issued.forged = change[""].as_str().unwrap_or_default().to_owned();
    issued.claims = claims;
    issued.challenge = query["code_challenge"].clone();
    (cookie, query["state"].clone(), to)
}

async fn back(
    routes: &Router,
    cookie: &str,
    state: &str,
    code: &str,
) -> (StatusCode, String, String) {
    let request = Request::builder()
        .uri(format!("/signin/callback?state={state}&code={code}"))
        .header(header::HOST, "khue.example.vn")
        .header(header::COOKIE, cookie);
    answer(routes, request.body(Body::empty()).unwrap()).await
}
