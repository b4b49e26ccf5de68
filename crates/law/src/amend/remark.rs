//! Remarks of the codification (pháp điển) on an article: "có nội dung được sửa đổi bởi Điều 1 Thông tư
//! số 04/2022/TT-BGTVT có hiệu lực thi hành kể từ ngày 15/06/2022; …".

use super::{Change, Deed, Proof, Spot};
use crate::citation::{Citation, Place};
use crate::mention::mentions;

/// The changes that a remark tells of the article at a place. It names acts and days, but not which
/// clause is changed; an article that "bị bãi bỏ" is repealed, one that "có nội dung bị bãi bỏ" is
/// amended.
pub fn remark(at: &Citation, words: &str) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let lower = words.to_lowercase();
    if lower.len() != words.len() {
        return changes;
    }
    // What is said of the article stands before "bởi", once for all acts behind it.
    let said = lower.split("bởi").next().unwrap_or_default();
    let parts = ["có nội dung", "một phần"].iter().any(|words| said.contains(words));
    let deed = if said.contains("ngưng hiệu lực") {
        Deed::Suspend
    } else if parts || said.contains("sửa đổi") || said.contains("thay thế") {
        Deed::Replace(None)
    } else if said.contains("bãi bỏ") || said.contains("hủy bỏ") || said.contains("huỷ bỏ")
    {
        Deed::Repeal
    } else if said.contains("bổ sung") {
        Deed::Insert(None)
    } else {
        return changes;
    };
    let acts: Vec<_> = mentions(words)
        .into_iter()
        .filter(|mention| mention.citation.document.contains('/'))
        .collect();
    for (i, act) in acts.iter().enumerate() {
        if act.citation.document == at.document || i > 0 && act.span == acts[i - 1].span {
            continue;
        }
        let next = acts[i + 1..].iter().find(|next| next.span != act.span);
        let end = next.map_or(words.len(), |next| next.span.start);
        let after = words.get(act.span.end..end).unwrap_or_default();
        let from = viet::dates(after).into_iter().map(|(date, _)| date).next();
        let place = Place { part: None, ..act.citation.place.clone() };
        changes.push(Change {
            at: at.clone(),
            spot: Spot::Whole,
            deed: deed.clone(),
            by: Citation { document: act.citation.document.clone(), place },
            from,
            proof: Proof::Remark(words.to_owned()),
        });
    }
    changes
}
