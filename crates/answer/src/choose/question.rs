//! What matters of a question besides its words: ages, other countries, law, offices, needs.

use search::Typed;

use crate::words::{Word, position, words};
use crate::{age, route};

/// What matters of a question besides its words.
pub(super) struct Question {
    pub(super) folded: String,
    pub(super) words: Vec<Word>,
    pub(super) ages: Vec<age::Ages>,
    pub(super) foreign: bool,
    pub(super) law: bool,
    pub(super) amount: bool,
    pub(super) procedure: bool,
    pub(super) modal: bool,
    pub(super) need: bool,
    pub(super) field: bool,
}

/// Words of law, folded.
const LAW: &[&str] = &[
    "luat",
    "bo luat",
    "quy dinh",
    "nghi dinh",
    "thong tu",
    "nghi quyet",
    "dieu",
    "khoan",
    "phap luat",
    "hieu luc",
    "ap dung",
    "tham quyen",
    "phan cap",
    "phan quyen",
    "uy quyen",
    "trach nhiem",
    "van ban",
];
/// What is asked of the law rather than of an office.
const AMOUNT: &[&str] = &[
    "bao nhieu tuoi",
    "may tuoi",
    "bao nhieu nam",
    "may nam",
    "bao nhieu phan tram",
    "phan tram",
    "phat",
    "muc phat",
    "toi da",
    "toi thieu",
    "duoc nghi",
    "duoc huong",
    "thoi hieu",
    "lai suat",
    "hieu luc",
    "bao nhieu tien mot gio",
    "muc luong",
    "luong",
    "mot nam",
    "trong bao lau",
    "chia",
    "duoc tra",
    "phan khoi",
];
/// Whether something is allowed or due, folded.
const MODAL: &[&str] = &[
    "co duoc",
    "duoc khong",
    "co bi",
    "bi phat",
    "co quyen",
    "co cho",
    "bat buoc",
    "bi cam",
    "duoc phep",
    "phai la",
    "co phai",
    "co the",
    "the nao la",
    "la gi",
    "khac gi",
    "so sanh",
    "ai duoc",
    "ai co",
    "khi nao thi",
];
/// Somebody tells what they need, folded.
const NEED: &[&str] = &[
    "muon",
    "can",
    "xin",
    "dinh",
    "gio",
    "lam sao",
    "lam lai",
    "toi bi",
    "em bi",
    "bi mat",
    "mat roi",
    "phai lam gi",
    "tinh",
    "giup",
    "nho",
    "vua",
    "moi",
    "sap",
];
/// What only an office is asked, folded.
const FIELD: &[&str] = &[
    "mau nao",
    "mau so may",
    "mau gi",
    "to khai",
    "don nao",
    "nop o dau",
    "o dau",
    "cho nao",
    "giay gi",
    "giay to",
    "ho so",
    "le phi",
    "phi",
    "bao nhieu tien",
    "het bao nhieu",
    "mat bao nhieu",
    "may ngay",
    "bao lau co",
    "bao lau thi xong",
    "bao nhieu ngay",
    "khi nao co",
    "khi nao lay",
    "can gi",
    "ra dau",
    "nop cho ai",
];
/// What is asked of an office.
const OFFICE: &[&str] = &[
    "thu tuc",
    "ho so",
    "giay to",
    "nop",
    "xin",
    "dang ky",
    "cap",
    "lam lai",
    "mau",
    "don",
    "to khai",
    "o dau",
    "le phi",
    "phi",
    "can gi",
    "mang gi",
    "may ngay",
    "bao lau",
    "online",
    "truc tuyen",
    "qua mang",
    "mien phi",
    "how",
    "register",
    "document",
    "documents",
];
/// Words that tell of another country, folded.
const FOREIGN: &[&str] = &[
    "nuoc ngoai",
    "quoc tich",
    "viet kieu",
    "nguoi nhat",
    "nguoi han",
    "nguoi my",
    "nguoi duc",
    "nguoi phap",
    "nguoi trung quoc",
    "nguoi dai loan",
    "nguoi anh",
    "nguoi uc",
    "nguoi tay",
    "nguoi nga",
    "nguoi thai",
    "nguoi lao quoc tich",
    "quoc tich lao",
    "nguoi campuchia",
    "nguoi canada",
    "chong tay",
    "vo tay",
    "foreigner",
    "foreign",
    "ngoai kieu",
    "nguoi singapore",
    "nguoi an do",
    "dinh cu o",
];
pub(super) const FIRM: &[&str] = &["cong ty", "doanh nghiep", "co phan", "tnhh"];
/// With marks: "quan" may be of a "cơ quan", "so" of a "hồ sơ".
pub(super) const HOUSEHOLD: &[&str] = &["hộ kinh doanh", "quán", "tiệm", "sạp", "shop", "cửa hàng"];
pub(super) const PROVINCE: &[&str] = &["cấp tỉnh", "công an tỉnh", "lên tỉnh", "sở"];

/// Whether a question has words of law.
pub(crate) fn asks_law(text: &str) -> bool {
    let folded = route::spaced(text);
    LAW.iter().any(|word| route::holds(&folded, word))
}

impl Question {
    pub(super) fn read(typed: &Typed) -> Question {
        // What is asked in English is asked by what law calls it.
        let english = typed.unmarked && !viet::has_marks(&typed.text);
        let text = match english {
            true => format!("{} {}", typed.text, typed.in_law.join(" ")),
            false => typed.text.clone(),
        };
        let folded = route::spaced(&text);
        let any = |words: &[&str]| words.iter().any(|word| route::holds(&folded, word));
        Question {
            ages: age::told(&folded),
            foreign: any(FOREIGN),
            law: any(LAW),
            amount: any(AMOUNT),
            procedure: any(OFFICE),
            modal: any(MODAL),
            need: any(NEED),
            field: any(FIELD),
            folded,
            words: words(&text),
        }
    }

    /// Whether any of some phrases stands in it, with all its marks.
    pub(super) fn says(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| position(&self.words, phrase).is_some())
    }
}
