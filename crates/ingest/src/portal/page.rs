//! The sections of a portal page, between its headings.
//!
//! The words of a heading also stand in running text ("theo quy định tại mục Thành phần hồ sơ"), so each is
//! looked for after the one before it, in the form that only the page's own layout has.

/// Texts of a page as it shows them; `None` where its headings are not all there.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Page<'a> {
    pub(super) steps: Option<&'a str>,
    pub(super) manner: Option<&'a str>,
    pub(super) papers: Option<&'a str>,
    pub(super) basis: Option<&'a str>,
    pub(super) handling: Option<&'a str>,
    pub(super) conditions: Option<&'a str>,
    pub(super) result: Option<&'a str>,
}

const STEPS: &str = "Trình Tự Thực Hiện";
const MANNER: &str = "Cách Thức Thực Hiện";
const TABLE: &str = "Hình thức nộpThời gian";
const PAPERS: &str = "Thành phần hồ sơ";
const BASIS: &str = "Căn cứ pháp lý";
const HANDLING: &str = "Cơ quan thực hiện";
const CONDITIONS: &str = "Yêu cầu, điều kiện thực hiện";
const RESULT: &str = "Kết quả xử lý";

impl<'a> Page<'a> {
    pub(super) fn read(page: &'a str) -> Page<'a> {
        Page::whole(page).unwrap_or_default()
    }

    fn whole(page: &'a str) -> Option<Page<'a>> {
        let after = |from: usize, heading: &str| {
            // A heading is glued to what stands before it.
            page.get(from..)?.match_indices(heading).map(|(at, _)| from + at).find(|at| {
                !page[..*at].ends_with(char::is_whitespace) || page[..*at].ends_with('\n')
            })
        };
        let steps = page.find(STEPS)?;
        let manner = steps + page[steps..].find(&format!("{MANNER}{TABLE}"))?;
        let papers = after(manner, PAPERS)?;
        // Its table has a head of its own, or says that there is nothing.
        let basis = ["Tên văn bản pháp lý", "Không có thông tin"]
            .iter()
            .filter_map(|head| page[papers..].find(&format!("{BASIS}{head}")))
            .min()?
            + papers;
        let handling = after(basis, HANDLING)?;
        let conditions = after(handling, CONDITIONS)?;
        let result = after(conditions, RESULT)?;
        let between = |start: usize, heading: &str, end: usize| {
            page.get(start + heading.len()..end).map(str::trim)
        };
        Some(Page {
            steps: between(steps, STEPS, manner),
            manner: between(manner, MANNER, papers),
            papers: between(papers, PAPERS, basis),
            basis: between(basis, BASIS, handling),
            handling: between(handling, HANDLING, conditions),
            conditions: between(conditions, CONDITIONS, result),
            result: between(result, RESULT, page.len()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_in_running_text_cut_nothing() {
        let page = "TênMã thủ tục1.001601Trình Tự Thực HiệnLập hồ sơ theo mục Thành phần hồ sơ.\n+ Cơ quan thực hiện chứng thực ghi sổ.Cách Thức Thực HiệnHình thức nộpThời gianPhí, lệ phíMô tảTrực tiếp1 NgàyMiễn phíThành phần hồ sơ--Tên giấy tờCăn cứ pháp lýTên văn bản pháp lýMã văn bảnLuật A1/2020/QH14Cơ quan thực hiệnKhông có thông tinYêu cầu, điều kiện thực hiệnKhôngKết quả xử lýGiấy";
        let read = Page::read(page);
        assert_eq!(
            read.steps,
            Some("Lập hồ sơ theo mục Thành phần hồ sơ.\n+ Cơ quan thực hiện chứng thực ghi sổ.")
        );
        assert_eq!(read.papers, Some("--Tên giấy tờ"));
        assert_eq!(read.handling, Some("Không có thông tin"));
        assert_eq!(read.result, Some("Giấy"));
        assert_eq!(Page::read("no page"), Page::default());
    }
}
