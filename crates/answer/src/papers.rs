//! The papers of a card by case: the case that somebody tells of comes first, and a long list is cut in the short form.
//! Nothing is left out where papers are asked for.

use crate::words::telling;

/// Share of the telling words of a case's name that must be said for it to be the case.
const TOLD: f32 = 0.5;
/// How much more of it than of any other case.
const LEAD: f32 = 0.2;
/// Most lines of papers in the short form.
const SHORT: usize = 10;

/// Papers with the case that is told of before the others; what holds for all cases stays first. `papers` are the lines
/// of a card: a case begins with its name and a colon.
pub(crate) fn by_case(papers: &[String], said: &str) -> Vec<String> {
    let mut cases: Vec<&[String]> = Vec::new();
    let mut from = 0;
    for (i, line) in papers.iter().enumerate() {
        if i > from && line.ends_with(':') {
            cases.push(&papers[from..i]);
            from = i;
        }
    }
    cases.push(&papers[from..]);
    let said = telling(said);
    let fits = |case: &[String]| {
        let name = case.first().filter(|line| line.ends_with(':'));
        let name = telling(name.map_or("", String::as_str));
        name.intersection(&said).count() as f32 / name.len().max(1) as f32
    };
    let mut scores: Vec<(f32, usize)> =
        cases.iter().enumerate().map(|(i, case)| (fits(case), i)).collect();
    scores.sort_by(|a, b| b.0.total_cmp(&a.0));
    if let [(best, at), (second, _), ..] = scores.as_slice()
        && *best >= TOLD
        && best - second >= LEAD
    {
        let case = cases.remove(*at);
        // "Hồ sơ chung" and what has no name are for every case.
        let for_all = |case: &&&[String]| {
            let name = case.first().map_or("", String::as_str);
            !name.ends_with(':') || viet::fold(name).contains("chung")
        };
        let after = cases.iter().take_while(for_all).count();
        cases.insert(after, case);
    }
    cases.concat()
}

/// The first lines of a list in the short form, and how many are left.
pub(crate) fn short(papers: &[String]) -> (&[String], usize) {
    if papers.len() <= SHORT + 2 {
        return (papers, 0);
    }
    // A name without its papers is no end.
    let end = if papers[SHORT - 1].ends_with(':') { SHORT - 1 } else { SHORT };
    (&papers[..end], papers.len() - end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_case_that_is_told_of_comes_first() {
        let lines = |text: &str| -> Vec<String> { text.split('|').map(str::to_owned).collect() };
        let papers = lines(
            "Tờ khai|Mất thẻ:|Đơn trình báo|Cấp lại cho người dưới 14 tuổi:|Giấy khai sinh|Được trở lại quốc tịch Việt Nam:|Quyết định",
        );
        for (said, first) in [
            ("làm lại căn cước cho cháu dưới 14 tuổi", "Cấp lại cho người dưới 14 tuổi:"),
            ("lam lai can cuoc cho chau duoi 14 tuoi", "Cấp lại cho người dưới 14 tuổi:"),
            ("tôi bị mất thẻ căn cước", "Mất thẻ:"),
            ("làm lại căn cước", "Mất thẻ:"),
        ] {
            let sorted = by_case(&papers, said);
            assert_eq!((sorted[0].as_str(), sorted[1].as_str()), ("Tờ khai", first), "{said}");
            let mut all = sorted.clone();
            let mut before = papers.clone();
            all.sort();
            before.sort();
            assert_eq!(all, before, "nothing is lost");
        }
        assert_eq!(by_case(&[], "gì"), Vec::<String>::new());
    }

    #[test]
    fn long_lists_are_cut_between_papers() {
        let papers: Vec<String> = (0..20).map(|i| format!("Giấy {i}")).collect();
        assert_eq!(short(&papers[..12]), (&papers[..12], 0));
        assert_eq!(short(&papers), (&papers[..10], 10));
        let mut named = papers.clone();
        named[9] = "Trường hợp khác:".into();
        assert_eq!(short(&named).1, 11);
    }
}
