use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

use crate::session::Person;
use crate::{Error, Opened, Options, People, Refused, Right, Role, Stage, Weak, second};

/// Each test moves a clock of its own.
macro_rules! clock {
    ($name:ident, $now:ident) => {
        static $name: AtomicI64 = AtomicI64::new(1_800_000_000);
        fn $now() -> Timestamp {
            Timestamp::from_second($name.load(Ordering::SeqCst)).unwrap()
        }
    };
}

fn options(folder: &std::path::Path, now: fn() -> Timestamp) -> Options {
    let file = |name: &str| format!("sqlite:{}", folder.join(name).display());
    Options {
        place: file("people.db"),
        keys: file("keys.db"),
        idle: SignedDuration::from_mins(15),
        idle_admin: SignedDuration::from_mins(5),
        longest: SignedDuration::from_hours(12),
        failures: 5,
        locked: SignedDuration::from_hours(12),
        dormant: SignedDuration::from_hours(45 * 24),
        password_age: SignedDuration::from_hours(60 * 24),
        second_for_all: false,
        now,
    }
}

async fn both(now: fn() -> Timestamp) -> Vec<(tempfile::TempDir, People)> {
    let mut all = Vec::new();
    let [place, keys] = keep::testing::postgres().await;
    for postgres in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let mut options = options(folder.path(), now);
        if postgres {
            (options.place, options.keys) = (place.clone(), keys.clone());
        }
        all.push((folder, People::open(options).await.unwrap()));
    }
    all
}

const LONG: &str = "Hoa sữa thu 2026!";

fn operator() -> Person {
    Person::operator("vận hành")
}

async fn person(people: &People, opened: &Opened) -> Person {
    people.session(&opened.token, true).await.unwrap().unwrap()
}

/// A new account that has got through all steps; gives its secret, where it has a second factor.
async fn ready(people: &People, name: &str, role: Role, password: &str) -> Option<String> {
    let first = people.add(&operator(), name, name, &[role], &["so-tu-phap".into()]).await.unwrap();
    let opened = people.sign_in(name, &first, "10.0.0.9").await.unwrap();
    assert_eq!(opened.stage, Stage::Password);
    let at = person(people, &opened).await;
    assert!(!at.may(Right::LookUp), "not signed in yet");
    let opened = people.set_password(&at, "", password).await.unwrap();
    if opened.stage == Stage::In {
        return None;
    }
    let at = person(people, &opened).await;
    let told = people.begin_second(&at).await.unwrap();
    // Shown again, it is the same.
    let at = person(people, &opened).await;
    assert_eq!(people.begin_second(&at).await.unwrap().secret, told.secret);
    let at = person(people, &opened).await;
    assert!(matches!(people.set_second(&at, "000000").await, Err(Error::Code)));
    let code = second::code(&told.secret, people.now().as_second());
    let opened = people.set_second(&at, &code).await.unwrap();
    assert_eq!(opened.stage, Stage::In);
    Some(told.secret)
}

clock!(FLOW, flow_now);

#[tokio::test]
async fn signing_in_asks_for_what_the_rules_want() {
    for (_folder, people) in both(flow_now).await {
        // Long and mixed: alone enough for staff, never for who administers.
        assert_eq!(ready(&people, "lan", Role::Staff, LONG).await, None);
        let secret = ready(&people, "quan-tri", Role::Admin, LONG).await.unwrap();
        let short = ready(&people, "minh", Role::Desk, "hoasua7!").await.unwrap();
        let opened = people.sign_in(" Lan ", LONG, "10.0.0.1").await.unwrap();
        assert_eq!(opened.stage, Stage::In);
        let lan = person(&people, &opened).await;
        assert!(lan.may(Right::LookUp) && !lan.may(Right::Desk) && lan.groups == ["so-tu-phap"]);
        for (name, password, secret) in [("quan-tri", LONG, &secret), ("minh", "hoasua7!", &short)]
        {
            FLOW.fetch_add(60, Ordering::SeqCst);
            let opened = people.sign_in(name, password, "10.0.0.1").await.unwrap();
            assert_eq!(opened.stage, Stage::Code, "{name}");
            let at = person(&people, &opened).await;
            assert!(!at.may(Right::LookUp));
            assert!(matches!(people.code(&at, "000000").await, Err(Refused::Wrong)));
            let code = second::code(secret, people.now().as_second());
            let again = people.code(&at, &code).await.unwrap();
            assert_eq!(again.stage, Stage::In);
            assert!(
                people.session(&opened.token, true).await.unwrap().is_none(),
                "the old token is worth nothing"
            );
            // The code is worth nothing a second time.
            let opened = people.sign_in(name, password, "10.0.0.1").await.unwrap();
            let at = person(&people, &opened).await;
            assert!(matches!(people.code(&at, &code).await, Err(Refused::Wrong)));
        }
        // A password of one's own: the old one is asked for, and none of the last ten comes back.
        for (old, new, expect) in [
            ("falsch", "Hoa bưởi xuân 2027!", Err("code")),
            (LONG, LONG, Err("old")),
            (LONG, "ngắn", Err("short")),
            (LONG, "Hoa bưởi xuân 2027!", Ok(())),
        ] {
            let opened = people.sign_in("lan", LONG, "10.0.0.1").await.unwrap();
            let at = person(&people, &opened).await;
            let done = people.set_password(&at, old, new).await;
            let told = match done {
                Ok(_) => Ok(()),
                Err(Error::Code) => Err("code"),
                Err(Error::Weak(Weak::Old)) => Err("old"),
                Err(Error::Weak(Weak::Short)) => Err("short"),
                Err(error) => panic!("{error}"),
            };
            assert_eq!(told, expect);
        }
        assert!(
            people.session(&opened.token, true).await.unwrap().is_none(),
            "other sessions have ended"
        );
        // Two months later who administers chooses another password.
        let months = 61 * 24 * 3600;
        for _ in 0..2 {
            people.set_open(&operator(), "quan-tri", true, "").await.unwrap();
            FLOW.fetch_add(months / 2, Ordering::SeqCst);
        }
        let opened = people.sign_in("quan-tri", LONG, "10.0.0.1").await.unwrap();
        let at = person(&people, &opened).await;
        let code = second::code(&secret, people.now().as_second());
        assert_eq!(people.code(&at, &code).await.unwrap().stage, Stage::Password);
        FLOW.store(1_800_000_000, Ordering::SeqCst);
    }
}

clock!(IDLE, idle_now);

#[tokio::test]
async fn a_session_ends_when_nobody_works_in_it() {
    for (_folder, people) in both(idle_now).await {
        ready(&people, "lan", Role::Staff, LONG).await;
        ready(&people, "quan-tri", Role::Admin, LONG).await;
        for (name, minutes) in [("lan", 15), ("quan-tri", 5)] {
            let account = people.account(name).await.unwrap();
            for (works, after, holds) in
                [(true, minutes * 60 - 1, true), (false, 1, true), (true, minutes * 60 + 1, false)]
            {
                let opened = people.open_session(&account.id, Stage::In, "x", None).await.unwrap();
                IDLE.fetch_add(30, Ordering::SeqCst);
                people.session(&opened.token, works).await.unwrap().unwrap();
                IDLE.fetch_add(after, Ordering::SeqCst);
                assert_eq!(
                    people.session(&opened.token, works).await.unwrap().is_some(),
                    holds,
                    "{name} {after}"
                );
            }
            // What only looks is no work: the session ends beside a page that asks for news.
            let opened = people.open_session(&account.id, Stage::In, "x", None).await.unwrap();
            let mut minutes_held = 0;
            while people.session(&opened.token, false).await.unwrap().is_some() {
                IDLE.fetch_add(60, Ordering::SeqCst);
                minutes_held += 1;
            }
            assert_eq!(minutes_held, minutes + 1, "{name}");
        }
        // Twelve hours are the most, whatever is done.
        let account = people.account("lan").await.unwrap();
        let opened = people.open_session(&account.id, Stage::In, "x", None).await.unwrap();
        let mut tens = 0;
        while people.session(&opened.token, true).await.unwrap().is_some() {
            IDLE.fetch_add(600, Ordering::SeqCst);
            tens += 1;
        }
        assert_eq!(tens, 12 * 6 + 1);
        // An account that nobody used for 45 days is closed, and opened again by an administrator.
        IDLE.fetch_add(45 * 24 * 3600 + 60, Ordering::SeqCst);
        assert!(matches!(people.sign_in("lan", LONG, "x").await, Err(Refused::Closed)));
        assert!(people.account("lan").await.unwrap().closed);
        people.set_open(&operator(), "lan", true, "đi học về").await.unwrap();
        assert_eq!(people.sign_in("lan", LONG, "x").await.unwrap().stage, Stage::In);
        IDLE.store(1_800_000_000, Ordering::SeqCst);
    }
}

clock!(LOCK, lock_now);

#[tokio::test]
async fn failures_lock_an_account_and_an_address_but_never_everybody() {
    for (_folder, people) in both(lock_now).await {
        ready(&people, "lan", Role::Staff, LONG).await;
        // From many addresses at one account: locked after five, also for the right password.
        for n in 0..5 {
            let refused = people.sign_in("lan", "sai", &format!("10.1.0.{n}")).await;
            assert!(matches!(refused, Err(Refused::Wrong)), "{n}");
        }
        assert!(matches!(people.sign_in("lan", LONG, "10.0.0.1").await, Err(Refused::Wrong)));
        LOCK.fetch_add(12 * 3600 + 1, Ordering::SeqCst);
        assert_eq!(people.sign_in("lan", LONG, "10.0.0.1").await.unwrap().stage, Stage::In);
        for n in 0..5 {
            let _ = people.sign_in("lan", "sai", &format!("10.2.0.{n}")).await;
        }
        people.set_open(&operator(), "lan", true, "gọi điện xác nhận").await.unwrap();
        assert_eq!(people.sign_in("lan", LONG, "10.0.0.1").await.unwrap().stage, Stage::In);
        // From one address at many accounts: it waits after twenty, and others do not.
        for n in 0..20 {
            let refused = people.sign_in(&format!("ai-do-{n}"), "sai", "10.3.0.1").await;
            assert!(matches!(refused, Err(Refused::Wrong)), "{n}");
        }
        let Err(Refused::TooOften(wait)) = people.sign_in("lan", LONG, "10.3.0.1").await else {
            panic!()
        };
        assert!(wait <= SignedDuration::from_hours(1) && wait > SignedDuration::from_mins(58));
        assert_eq!(people.sign_in("lan", LONG, "10.0.0.1").await.unwrap().stage, Stage::In);
        // Many at once are no way around: five are tried, the others meet the lock.
        ready(&people, "minh", Role::Staff, LONG).await;
        let before = people.trail(i64::MAX, 500).await.unwrap().len();
        let hosts: Vec<String> = (0..40).map(|n| format!("10.4.0.{n}")).collect();
        let at_once = hosts.iter().map(|host| people.sign_in("minh", "sai", host));
        let refused = futures::future::join_all(at_once).await;
        assert!(refused.iter().all(|it| matches!(it, Err(Refused::Wrong))));
        let log = people.trail(i64::MAX, 500).await.unwrap();
        let did = |name: &str| log[..log.len() - before].iter().filter(|it| it.did == name).count();
        assert_eq!(
            (did("sign_in.failed"), did("sign_in.locked"), did("sign_in.while_locked")),
            (4, 1, 35)
        );
        assert!(matches!(people.sign_in("minh", LONG, "10.0.0.1").await, Err(Refused::Wrong)));
        // Of IPv6 the half that one line is given counts as one.
        for n in 0..20 {
            let _ = people.sign_in("ai-do", "sai", &format!("2001:db8:1:2::{n:x}")).await;
        }
        assert!(matches!(
            people.sign_in("ai-do", "sai", "2001:db8:1:2::ffff").await,
            Err(Refused::TooOften(_))
        ));
        assert!(matches!(
            people.sign_in("ai-do", "sai", "2001:db8:1:3::1").await,
            Err(Refused::Wrong)
        ));
        // Whoever signed in from an address before does not wait for what others do there.
        for _ in 0..25 {
            let _ = people.sign_in("ai-do", "sai", "10.0.0.1").await;
        }
        assert_eq!(people.sign_in("lan", LONG, "10.0.0.1").await.unwrap().stage, Stage::In);
        // Who guesses in somebody's session has it no longer.
        let opened = people.sign_in("lan", LONG, "10.0.0.1").await.unwrap();
        for _ in 0..5 {
            let at = person(&people, &opened).await;
            assert!(matches!(
                people.set_password(&at, "sai", "Hoa bưởi xuân 2027!").await,
                Err(Error::Code)
            ));
        }
        assert!(people.session(&opened.token, true).await.unwrap().is_none());
        people.set_open(&operator(), "lan", true, "thử").await.unwrap();
        // What was typed as a name stands nowhere.
        let log = people.trail(i64::MAX, 500).await.unwrap();
        assert!(
            log.iter().all(|line| !line.name.contains("ai-do") && !line.what.contains("ai-do"))
        );
        assert_eq!(log.iter().filter(|line| line.did == "sign_in.locked").count(), 4);
        LOCK.store(1_800_000_000, Ordering::SeqCst);
    }
}

clock!(AUDIT, audit_now);

#[tokio::test]
async fn the_log_shows_every_change_of_itself() {
    for (_folder, people) in both(audit_now).await {
        ready(&people, "lan", Role::Staff, LONG).await;
        // Two who write at once.
        let at_once = (0..8).map(|n| {
            let people = people.clone();
            async move { people.audit(&operator(), "thử", &n.to_string(), "").await }
        });
        for done in futures::future::join_all(at_once).await {
            done.unwrap();
        }
        let (lines, head) = people.check_trail().await.unwrap().unwrap();
        let log = people.trail(i64::MAX, 100).await.unwrap();
        assert_eq!((log.len() as i64, log[0].n), (lines, lines));
        assert!(!head.is_empty());
        let pool = people.inner.pool.clone();
        for (sql, undo, n) in [
            (
                "UPDATE audit SET name = 'khác' WHERE n = 2",
                "UPDATE audit SET name = 'lan' WHERE n = 2",
                2,
            ),
            (
                "UPDATE audit SET at = at + 1 WHERE n = 3",
                "UPDATE audit SET at = at - 1 WHERE n = 3",
                3,
            ),
        ] {
            let before: String = sqlx::Row::get(
                &sqlx::query("SELECT name FROM audit WHERE n = 2").fetch_one(&pool).await.unwrap(),
                0,
            );
            sqlx::query(sql).execute(&pool).await.unwrap();
            assert_eq!(people.check_trail().await.unwrap().unwrap_err().n, n);
            assert_eq!(before, "lan");
            sqlx::query(undo).execute(&pool).await.unwrap();
            assert!(people.check_trail().await.unwrap().is_ok());
        }
        sqlx::query("DELETE FROM audit WHERE n = 4").execute(&pool).await.unwrap();
        assert_eq!(people.check_trail().await.unwrap().unwrap_err().n, 4);
        // What cannot be logged is not done.
        sqlx::query("ALTER TABLE audit RENAME TO away").execute(&pool).await.unwrap();
        assert!(people.add(&operator(), "moi", "Mới", &[Role::Admin], &[]).await.is_err());
        assert!(people.account("moi").await.is_err());
        assert!(people.sign_in("lan", LONG, "x").await.is_err());
    }
}

clock!(WHO, who_now);

#[tokio::test]
async fn accounts_are_changed_by_administrators_and_one_is_always_left() {
    for (folder, people) in both(who_now).await {
        let by = operator();
        for wrong in ["", "a", "Lan", "lan nguyễn", "../x", &"a".repeat(41)] {
            assert!(
                matches!(people.add(&by, wrong, "", &[], &[]).await, Err(Error::Name(_))),
                "{wrong}"
            );
        }
        let secret = ready(&people, "quan-tri", Role::Admin, LONG).await.unwrap();
        assert!(matches!(people.add(&by, "quan-tri", "", &[], &[]).await, Err(Error::Taken(_))));
        assert!(matches!(people.set_open(&by, "quan-tri", false, "").await, Err(Error::LastAdmin)));
        assert!(matches!(
            people.set_roles(&by, "quan-tri", &[Role::Staff], &[]).await,
            Err(Error::LastAdmin)
        ));
        ready(&people, "lan", Role::Staff, LONG).await;
        let opened = people.sign_in("lan", LONG, "x").await.unwrap();
        people
            .set_roles(&by, "lan", &[Role::Desk, Role::Editor], &["so-tu-phap".into()])
            .await
            .unwrap();
        assert!(people.session(&opened.token, true).await.unwrap().is_none(), "signed out");
        let opened = people.sign_in("lan", LONG, "x").await.unwrap();
        let lan = person(&people, &opened).await;
        assert!(lan.may(Right::Desk) && lan.may(Right::Content) && !lan.may(Right::Users));
        assert_ne!(
            lan.form,
            person(&people, &people.sign_in("lan", LONG, "x").await.unwrap()).await.form
        );
        people.set_open(&by, "lan", false, "nghỉ việc").await.unwrap();
        assert!(people.session(&opened.token, true).await.unwrap().is_none());
        assert!(matches!(people.sign_in("lan", LONG, "x").await, Err(Refused::Closed)));
        // A forgotten password, a lost telephone.
        for both in [
            people.add(&by, "ca-hai", "", &[Role::Admin, Role::Auditor], &[]).await.map(|_| ()),
            people.set_roles(&by, "lan", &[Role::Admin, Role::Auditor], &[]).await,
        ] {
            assert!(matches!(both, Err(Error::Apart)), "who runs the system reads no conversation");
        }
        let own = Person::operator("lan");
        assert!(matches!(
            people.set_roles(&own, "lan", &[Role::Admin], &[]).await,
            Err(Error::Yourself)
        ));
        let first = people.reset(&by, "quan-tri").await.unwrap();
        assert!(matches!(people.sign_in("quan-tri", LONG, "x").await, Err(Refused::Wrong)));
        let opened = people.sign_in("quan-tri", &first, "x").await.unwrap();
        let at = person(&people, &opened).await;
        assert!(matches!(people.set_password(&at, "", LONG).await, Err(Error::Weak(Weak::Old))));
        let next = people.set_password(&at, "", "Hoa bưởi xuân 2027!").await.unwrap();
        assert_eq!(next.stage, Stage::Enrol, "the second factor is set up anew");
        // Signing out ends it, once and for all.
        people.sign_out(&person(&people, &next).await).await.unwrap();
        assert!(people.session(&next.token, true).await.unwrap().is_none());
        // Neither secrets nor tokens nor passwords stand in a file.
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            for word in [secret.as_str(), &first, &next.token, LONG] {
                assert!(!text.contains(word));
            }
        }
    }
}

clock!(KEY, key_now);

#[tokio::test]
async fn a_key_has_the_rights_of_its_owner_and_ends_with_them() {
    for (folder, people) in both(key_now).await {
        ready(&people, "lan", Role::Staff, LONG).await;
        ready(&people, "minh", Role::Staff, LONG).await;
        let lan = person(&people, &people.sign_in("lan", LONG, "x").await.unwrap()).await;
        let minh = person(&people, &people.sign_in("minh", LONG, "x").await.unwrap()).await;
        let key = people.make_key(&lan, "bảng tính").await.unwrap();
        let who = people.of_key(&key, "10.0.0.7").await.unwrap().unwrap();
        assert!(who.name == "lan" && who.may(Right::LookUp) && who.groups == ["so-tu-phap"]);
        for wrong in ["", "khue-", &key[..key.len() - 1], &key["khue-".len()..]] {
            assert!(people.of_key(wrong, "x").await.unwrap().is_none(), "{wrong}");
        }
        // Nobody takes away, or sees, somebody else's.
        let id = people.keys(&lan).await.unwrap()[0].id.clone();
        assert!(people.keys(&minh).await.unwrap().is_empty());
        assert!(matches!(people.drop_key(&minh, &id).await, Err(Error::Unknown(_))));
        people.set_roles(&operator(), "lan", &[Role::Viewer], &[]).await.unwrap();
        let who = people.of_key(&key, "x").await.unwrap().unwrap();
        assert!(!who.may(Right::LookUp) && who.groups.is_empty(), "the rights of today");
        people.set_open(&operator(), "lan", false, "nghỉ việc").await.unwrap();
        assert!(people.of_key(&key, "x").await.unwrap().is_none());
        people.set_open(&operator(), "lan", true, "").await.unwrap();
        people.drop_key(&lan, &id).await.unwrap();
        assert!(people.of_key(&key, "x").await.unwrap().is_none());
        for _ in 0..10 {
            people.make_key(&minh, "x").await.unwrap();
        }
        assert!(matches!(people.make_key(&minh, "x").await, Err(Error::Many)));
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains(&key));
        }
    }
}

clock!(PERMIT, permit_now);

#[tokio::test]
async fn leave_is_given_by_a_second_person_for_a_while() {
    for (_folder, people) in both(permit_now).await {
        let (an, binh) = (Person::operator("an"), Person::operator("binh"));
        people.ask_permit(&an, "talk/1", "khiếu nại số 12").await.unwrap();
        let asked = people.permits().await.unwrap().remove(0);
        assert!(!people.permitted(&an, "talk/1").await.unwrap());
        assert!(matches!(people.give_permit(&an, &asked.id).await, Err(Error::Yourself)));
        people.give_permit(&binh, &asked.id).await.unwrap();
        for (who, what, expect) in
            [(&an, "talk/1", true), (&an, "talk/2", false), (&binh, "talk/1", false)]
        {
            assert_eq!(people.permitted(who, what).await.unwrap(), expect);
        }
        PERMIT.fetch_add(8 * 3600 + 1, Ordering::SeqCst);
        assert!(!people.permitted(&an, "talk/1").await.unwrap());
        assert!(people.give_permit(&binh, &asked.id).await.is_err());
        PERMIT.store(1_800_000_000, Ordering::SeqCst);
    }
}

#[test]
fn claims_of_a_provider_open_what_the_settings_say() {
    let options = crate::ProviderOptions {
        issuer: "https://idp".into(),
        client_id: "khue".into(),
        secret: None,
        scopes: vec![],
        name_claim: "preferred_username".into(),
        full_name_claim: "name".into(),
        groups_claim: "groups".into(),
        roles: [("/tro-ly/reviewer".to_owned(), vec![Role::Reviewer])].into(),
        groups: [("/so-tu-phap".to_owned(), "so-tu-phap".to_owned())].into(),
        algorithms: vec!["RS256".into()],
        addresses: None,
    };
    for (claims, name, roles, groups) in [
        (
            r#"{"sub": "1", "preferred_username": "canbo", "groups": ["/tro-ly/reviewer", "/khac"]}"#,
            "canbo",
            vec![Role::Reviewer],
            0,
        ),
        (r#"{"sub": "2", "groups": ["/so-tu-phap", 7]}"#, "2", vec![], 1),
        (r#"{"sub": "3", "groups": "/tro-ly/reviewer"}"#, "3", vec![Role::Reviewer], 0),
        (
            r#"{"sub": "cong-dan", "HoVaTen": "CONG DAN THU", "SoDinhDanh": "000000000000"}"#,
            "cong-dan",
            vec![],
            0,
        ),
    ] {
        let claims = serde_json::from_str(claims).unwrap();
        let claimed = crate::oidc::claimed(&options, &claims, None);
        assert_eq!(
            (claimed.name.as_str(), &claimed.roles, claimed.groups.len()),
            (name, &roles, groups)
        );
        assert!(!format!("{claimed:?}").contains("0000000000"));
    }
}
