//! Which sites may embed the widget: none but those that are listed, and the server's own pages.

use std::fmt;

/// A site as browsers name it: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// Reads the value of an `Origin` header or a setting.
    pub fn read(text: &str) -> Option<Origin> {
        let (scheme, host) = text.split_once("://")?;
        let fine = matches!(scheme, "http" | "https")
            && !host.is_empty()
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]_".contains(&b));
        fine.then(|| Origin(text.to_ascii_lowercase()))
    }

    fn host(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, host)| host)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The sites that may embed the widget.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<Origin>);

impl Origins {
    /// Reads the list of the settings.
    ///
    /// # Errors
    /// The entry that is no site, and how one is written.
    pub fn read(list: &[String]) -> Result<Origins, String> {
        let read = |text: &String| {
            Origin::read(text).ok_or_else(|| {
                format!("{text:?} is no site; write scheme and host only, like \"https://phuong.hanoi.gov.vn\"")
            })
        };
        Ok(Origins(list.iter().map(read).collect::<Result<_, _>>()?))
    }

    /// Whether a site may: it is listed, or it is the server itself, called by an address of its machine. A name in
    /// `host` proves nothing, for anybody can let a name of theirs point here; such a server is listed too.
    pub fn allow(&self, origin: &Origin, host: &str) -> bool {
        let name = match host.strip_prefix('[').and_then(|it| it.split_once(']')) {
            Some((name, _)) => name,
            None => host.split(':').next().unwrap_or_default(),
        };
        let by_address = name == "localhost" || name.parse::<std::net::IpAddr>().is_ok();
        self.0.contains(origin) || (by_address && origin.host().eq_ignore_ascii_case(host))
    }

    /// For `frame-ancestors`.
    pub fn ancestors(&self) -> String {
        let listed = self.0.iter().map(|it| format!(" {it}")).collect::<String>();
        format!("'self'{listed}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_sites_and_the_server_itself() {
        let origins =
            Origins::read(&["https://hanoi.gov.vn".into(), "http://127.0.0.1:18081".into()])
                .unwrap();
        for (origin, host, expect) in [
            ("https://hanoi.gov.vn", "khue.hanoi.gov.vn", true),
            ("https://HANOI.gov.vn", "khue.hanoi.gov.vn", true),
            ("http://hanoi.gov.vn", "khue.hanoi.gov.vn", false),
            ("https://hanoi.gov.vn.evil.example", "khue.hanoi.gov.vn", false),
            ("https://khue.hanoi.gov.vn", "khue.hanoi.gov.vn", false),
            ("http://10.0.0.5:8080", "10.0.0.5:8080", true),
            ("http://localhost:8080", "localhost:8080", true),
            ("http://[::1]:8080", "[::1]:8080", true),
            ("http://evil.example:8080", "evil.example:8080", false),
            ("http://localhost:18099", "127.0.0.1:8080", false),
            ("http://127.0.0.1:18081", "127.0.0.1:8080", true),
        ] {
            assert_eq!(origins.allow(&Origin::read(origin).unwrap(), host), expect, "{origin}");
        }
        for wrong in [
            "null",
            "*",
            "hanoi.gov.vn",
            "https://",
            "https://a b",
            "https://x/path",
            "javascript://x",
        ] {
            assert_eq!(Origin::read(wrong), None, "{wrong}");
        }
        assert!(Origins::read(&["*".into()]).unwrap_err().contains("\"*\""));
        assert_eq!(origins.ancestors(), "'self' https://hanoi.gov.vn http://127.0.0.1:18081");
    }
}
