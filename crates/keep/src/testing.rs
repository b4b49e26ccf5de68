//! Databases for tests.

use std::str::FromStr;

use sqlx::any::AnyConnectOptions;
use uuid::Uuid;

use crate::connect;

/// Two fresh databases on the PostgreSQL server of `KHUE_TEST_POSTGRES`.
///
/// # Panics
/// Without a server: a test that needs one fails. `cargo xtask test` starts one.
#[expect(clippy::expect_used, clippy::unwrap_used, reason = "for tests")]
pub async fn postgres() -> [String; 2] {
    let server = std::env::var("KHUE_TEST_POSTGRES").expect(
        "KHUE_TEST_POSTGRES names no PostgreSQL server; `cargo xtask postgres COMMAND` starts one",
    );
    let admin = connect(&server, "").await.unwrap();
    let mut fresh = Vec::new();
    for _ in 0..2 {
        let name = format!("khue_{}", Uuid::new_v4().simple());
        let sql = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(sql).execute(&admin).await.unwrap();
        let mut url = AnyConnectOptions::from_str(&server).unwrap().database_url;
        url.set_path(&format!("/{name}"));
        fresh.push(url.to_string());
    }
    fresh.try_into().unwrap()
}
