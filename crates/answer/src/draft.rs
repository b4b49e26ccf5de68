//! Drafts of administrative documents (văn bản hành chính) from a short request: công văn, tờ trình, giấy mời, thông
//! báo. What the request says goes to its place, what it does not say stays a blank; nothing is made up.
//!
//! Components and their places: Nghị định 30/2020/NĐ-CP, Phụ lục I; forms: Phụ lục III, mẫu 1.4, 1.5 and 1.7.

mod docx;
mod request;

use serde::Serialize;

pub(crate) use request::read;

/// The form of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Công văn: mẫu 1.5.
    Letter,
    /// Tờ trình: mẫu 1.4.
    Submission,
    /// Giấy mời: mẫu 1.7.
    Invitation,
    /// Thông báo: mẫu 1.4.
    Announcement,
}

/// A draft. Empty parts are blanks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Draft {
    /// Its form.
    pub form: Form,
    /// Who issues it.
    pub issuer: String,
    /// Whom it is for, one each.
    pub to: Vec<String>,
    /// What it is about, as a phrase.
    pub subject: String,
    /// What is to be said, a sentence each, in the words of the request.
    pub points: Vec<String>,
    /// Of an invitation: when.
    pub time: String,
    /// Of an invitation: where.
    pub place: String,
    /// Of an invitation: who presides.
    pub chair: String,
    /// What the request does not say, as the blanks name it.
    pub missing: Vec<&'static str>,
}

/// A line of a document, for all renderings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// The head.
    Head(Head),
    /// The name of the form and what it is about.
    Title(String, String),
    /// Whom it is for.
    To(Vec<String>),
    /// A paragraph.
    Text(String),
    /// Left and right of the end: recipients, and who signs.
    End(Vec<String>, Vec<String>),
}

/// The head of a document: issuer, number and matter on the left, the state's name, motto and date on the right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The body above the issuer, where there is one.
    pub(crate) superior: Option<String>,
    pub(crate) issuer: String,
    pub(crate) number: String,
    /// Of a letter, which has no title.
    pub(crate) matter: Option<String>,
    pub(crate) dated: String,
}

pub(crate) const STATE: &str = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM";
pub(crate) const MOTTO: &str = "Độc lập - Tự do - Hạnh phúc";

impl Form {
    /// What it is called: `công văn`.
    pub fn name(self) -> &'static str {
        match self {
            Form::Letter => "công văn",
            Form::Submission => "tờ trình",
            Form::Invitation => "giấy mời",
            Form::Announcement => "thông báo",
        }
    }

    /// Its form in Phụ lục III of Nghị định 30/2020/NĐ-CP.
    pub fn model(self) -> &'static str {
        match self {
            Form::Letter => "1.5",
            Form::Submission | Form::Announcement => "1.4",
            Form::Invitation => "1.7",
        }
    }

    /// Its abbreviation in the number (Phụ lục III, Bảng chữ viết tắt); a letter has none.
    fn symbol(self) -> &'static str {
        match self {
            Form::Letter => "",
            Form::Submission => "TTr-",
            Form::Invitation => "GM-",
            Form::Announcement => "TB-",
        }
    }
}

/// A blank, named by what belongs there.
fn blank(what: &str) -> String {
    format!("[{what}]")
}

fn or_blank(text: &str, what: &str) -> String {
    if text.is_empty() { blank(what) } else { text.to_owned() }
}

impl Draft {
    /// The document from top to bottom.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let issuer = full(&or_blank(&self.issuer, ISSUER));
        // Councils and committees have none above them in the head (Phụ lục I, mục II.2).
        let highest = ["ủy ban nhân dân", "hội đồng nhân dân"];
        let highest = highest.iter().any(|it| issuer.to_lowercase().starts_with(it));
        let subject = or_blank(&self.subject, SUBJECT);
        let letter = self.form == Form::Letter;
        let mut lines = vec![Line::Head(Head {
            superior: (!highest).then(|| blank(SUPERIOR)),
            issuer: issuer.to_uppercase(),
            number: format!("Số: {}/{}{}", blank("số"), self.form.symbol(), blank("viết tắt")),
            matter: letter.then(|| format!("V/v {}", small(&subject))),
            dated: format!("{}, ngày … tháng … năm …", seat(&self.issuer)),
        })];
        if self.form != Form::Letter {
            let about = match self.form {
                Form::Invitation => capital(&subject),
                _ => format!("Về việc {}", small(&subject)),
            };
            lines.push(Line::Title(self.form.name().to_uppercase(), about));
        }
        if self.form != Form::Announcement || !self.to.is_empty() {
            let to = if self.to.is_empty() { vec![blank(TO)] } else { self.to.clone() };
            if self.form != Form::Invitation {
                lines.push(Line::To(to));
            }
        }
        lines.extend(self.body(&issuer, &subject).into_iter().map(Line::Text));
        let mut recipients = vec!["Như trên;".to_owned()];
        if self.form == Form::Announcement && self.to.is_empty() {
            recipients = vec![format!("{};", blank(TO))];
        }
        recipients.push("Lưu: VT, [đơn vị soạn thảo].".to_owned());
        let sign = vec![blank("QUYỀN HẠN, CHỨC VỤ CỦA NGƯỜI KÝ"), blank("Họ và tên")];
        lines.push(Line::End(recipients, sign));
        lines
    }

    fn body(&self, issuer: &str, subject: &str) -> Vec<String> {
        let mut body: Vec<String> = Vec::new();
        let about = small(subject);
        match self.form {
            Form::Invitation => {
                let to = match self.to.is_empty() {
                    true => blank(TO),
                    false => self.to.join("; "),
                };
                body.push(format!("{} trân trọng kính mời: {to}", capital(issuer)));
                body.push(format!("Tới dự: {about}."));
                body.push(format!("Chủ trì: {}", or_blank(&self.chair, CHAIR)));
                body.push(format!("Thời gian: {}", or_blank(&self.time, TIME)));
                body.push(format!("Địa điểm: {}", or_blank(&self.place, PLACE)));
            }
            Form::Submission => {
                body.push(format!("Căn cứ {};", blank("văn bản làm căn cứ, số ký hiệu và ngày")));
                body.push(format!("{} kính trình {about} như sau:", capital(issuer)));
            }
            Form::Letter => body.push(format!("{} {about} như sau:", capital(issuer))),
            Form::Announcement => {
                body.push(format!("{} thông báo về việc {about} như sau:", capital(issuer)))
            }
        }
        body.extend(self.points.iter().map(|point| sentence(point)));
        if self.points.is_empty() && self.form != Form::Invitation {
            body.push(blank(POINTS));
        }
        let close = match self.form {
            Form::Submission => format!(
                "{} kính trình {} xem xét, quyết định./.",
                capital(issuer),
                self.to.first().map_or_else(|| blank(TO), Clone::clone)
            ),
            Form::Letter => "Trân trọng./.".to_owned(),
            Form::Invitation => {
                "Đề nghị quý vị đến dự đúng thành phần và thời gian trên./.".to_owned()
            }
            Form::Announcement => format!(
                "{} thông báo để các cơ quan, tổ chức, cá nhân biết và thực hiện./.",
                capital(issuer)
            ),
        };
        body.push(close);
        body
    }

    /// The document as plain text.
    pub fn text(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        for line in self.lines() {
            parts.push(match line {
                Line::Head(head) => {
                    let left = [head.superior, Some(head.issuer), Some(head.number), head.matter];
                    let left: Vec<String> = left.into_iter().flatten().collect();
                    format!("{STATE}\n{MOTTO}\n{}\n\n{}", head.dated, left.join("\n"))
                }
                Line::Title(name, about) => format!("{name}\n{about}"),
                Line::To(to) => match to.as_slice() {
                    [only] => format!("Kính gửi: {only}"),
                    many => format!(
                        "Kính gửi:{}",
                        many.iter().map(|it| format!("\n- {it}")).collect::<String>()
                    ),
                },
                Line::Text(text) => text,
                Line::End(left, right) => format!(
                    "Nơi nhận:{}\n\n{}",
                    left.iter().map(|it| format!("\n- {it}")).collect::<String>(),
                    right.join("\n")
                ),
            });
        }
        parts.join("\n\n")
    }

    /// Names of what the request does not say.
    fn find_missing(&mut self) {
        let invites = self.form == Form::Invitation;
        let parts = [
            (self.issuer.is_empty(), ISSUER),
            (self.to.is_empty(), TO),
            (self.subject.is_empty(), SUBJECT),
            (self.points.is_empty() && !invites, POINTS),
            (invites && self.chair.is_empty(), CHAIR),
            (invites && self.time.is_empty(), TIME),
            (invites && self.place.is_empty(), PLACE),
            (self.form == Form::Submission, "văn bản làm căn cứ"),
        ];
        self.missing =
            parts.into_iter().filter(|(missing, _)| *missing).map(|(_, what)| what).collect();
    }
}

const SUPERIOR: &str = "TÊN CƠ QUAN CHỦ QUẢN";
const ISSUER: &str = "tên cơ quan ban hành";
const TO: &str = "nơi nhận";
const SUBJECT: &str = "trích yếu nội dung";
const POINTS: &str = "nội dung";
const CHAIR: &str = "người chủ trì";
const TIME: &str = "thời gian";
const PLACE: &str = "địa điểm";

/// The place that stands before the date (Phụ lục I, mục II.4): of a commune its own name, else the city's.
fn seat(issuer: &str) -> String {
    // "xã hội" and "thị xã" are no commune: its name follows with a capital.
    let kinds = [" phường ", " xã "];
    let name = kinds.iter().find_map(|kind| {
        let (before, name) = issuer.split_once(kind)?;
        let named = name.trim().chars().next().is_some_and(char::is_uppercase);
        (named && !before.ends_with("thị")).then(|| name.trim().to_owned())
    });
    name.unwrap_or_else(|| "Hà Nội".to_owned())
}

/// A body's name with its abbreviations written out.
fn full(name: &str) -> String {
    let mut name = name.to_owned();
    for (short, whole) in [("UBND", "Ủy ban nhân dân"), ("HĐND", "Hội đồng nhân dân")] {
        name = name.replace(short, whole);
    }
    name
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// With a small first letter, unless its first word is a name.
fn small(text: &str) -> String {
    let mut words = text.split(' ');
    let named = words
        .next()
        .is_some_and(|first| first.chars().filter(|c| c.is_uppercase()).count() > 1)
        || words.next().is_some_and(|second| second.chars().next().is_some_and(char::is_uppercase));
    if named {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

fn sentence(text: &str) -> String {
    let text = capital(text.trim());
    if text.ends_with(['.', ';', ':', '!', '?', ']']) { text } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use super::seat;

    #[test]
    fn the_place_before_the_date_is_the_commune_or_the_city() {
        for (issuer, expect) in [
            ("Ủy ban nhân dân phường Cửa Nam", "Cửa Nam"),
            ("Ủy ban nhân dân xã Đông Anh", "Đông Anh"),
            ("Ủy ban nhân dân thị xã Sơn Tây", "Hà Nội"),
            ("Trung tâm bảo trợ xã hội 1", "Hà Nội"),
            ("Sở Nội vụ", "Hà Nội"),
            ("", "Hà Nội"),
        ] {
            assert_eq!(seat(issuer), expect, "{issuer}");
        }
    }
}
