//! Procedures that are easily taken for one another.

use std::collections::{BTreeSet, HashMap};

use super::Procedure;

/// How alike two names must be, from 0 to 1.
const ALIKE: f32 = 0.6;
/// Most siblings that are named of one record; more could not be asked back.
const MOST: usize = 6;

/// Names, for each record that no editor wrote, the records of the same field (lĩnh vực) whose names are
/// most alike: syllables weighed by how rare they are in names, shared by all. Codes that the reader named
/// stay first.
pub fn name_siblings(procedures: &mut [Procedure]) {
    // Sorted, so that sums of weights are the same in every run.
    let names: Vec<BTreeSet<String>> = procedures.iter().map(|it| syllables(&it.name)).collect();
    let mut seen: HashMap<&str, f32> = HashMap::new();
    for name in &names {
        for word in name {
            *seen.entry(word).or_default() += 1.0;
        }
    }
    let all = names.len() as f32;
    let weigh = |word: &String| (1.0 + all / seen.get(word.as_str()).unwrap_or(&1.0)).ln();
    let mut fields: HashMap<String, Vec<usize>> = HashMap::new();
    for (i, procedure) in procedures.iter().enumerate() {
        fields.entry(viet::fold(&procedure.field)).or_default().push(i);
    }
    let mut found: Vec<(usize, Vec<String>)> = Vec::new();
    for members in fields.values() {
        for &i in members.iter().filter(|&&i| !procedures[i].own()) {
            let mut near: Vec<(f32, usize)> = members
                .iter()
                .filter(|&&j| j != i)
                .map(|&j| {
                    let shared: f32 = names[i].intersection(&names[j]).map(weigh).sum();
                    let either: f32 = names[i].union(&names[j]).map(weigh).sum();
                    (if either > 0.0 { shared / either } else { 0.0 }, j)
                })
                .filter(|(alike, _)| *alike >= ALIKE)
                .collect();
            near.sort_by(|a, b| {
                b.0.total_cmp(&a.0).then_with(|| procedures[a.1].code.cmp(&procedures[b.1].code))
            });
            let codes = near.into_iter().map(|(_, j)| procedures[j].code.clone());
            found.push((i, codes.collect()));
        }
    }
    for (i, codes) in found {
        let siblings = &mut procedures[i].siblings;
        for code in codes {
            if siblings.len() < MOST && !siblings.contains(&code) {
                siblings.push(code);
            }
        }
    }
}

fn syllables(name: &str) -> BTreeSet<String> {
    let folded = viet::fold(name);
    let words = viet::syllables(&folded).into_iter().map(|word| word.text.to_owned());
    words.filter(|word| word != "thu" && word != "tuc").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn siblings_share_their_field_and_most_of_their_name() {
        let record = |code: &str, name: &str, field: &str| Procedure {
            code: code.into(),
            name: name.into(),
            field: field.into(),
            ..Procedure::default()
        };
        let mut all = vec![
            record("1", "Cấp giấy phép xây dựng nhà ở riêng lẻ", "Xây dựng"),
            record("2", "Cấp lại giấy phép xây dựng nhà ở riêng lẻ", "Xây dựng"),
            record("3", "Thủ tục cấp đổi giấy phép xây dựng nhà ở riêng lẻ", "Xây dựng"),
            record("4", "Cấp giấy phép xây dựng nhà ở riêng lẻ", "Nhà ở"),
            record("5", "Thẩm định thiết kế cơ sở", "Xây dựng"),
        ];
        all[4].siblings = vec!["9".into()];
        name_siblings(&mut all);
        let siblings: Vec<String> = all.iter().map(|it| it.siblings.join(" ")).collect();
        assert_eq!(siblings, ["2 3", "1 3", "1 2", "", "9"]);
    }
}
