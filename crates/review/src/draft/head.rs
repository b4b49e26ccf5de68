//! What stands before the first article: issuer, number, place and date, title, basis, who proposes, the line that
//! enacts (NĐ 78/2025/NĐ-CP điều 71, phụ lục I).

use std::ops::Range;

use jiff::civil::Date;

use super::{Piece, bare, lines_in};

/// The head of a draft. Ranges are bytes of the clean text.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// All of it.
    pub span: Range<usize>,
    /// Lines of the issuer's name.
    pub issuer: Option<Range<usize>>,
    /// Quốc hiệu.
    pub country: Option<Range<usize>>,
    /// Tiêu ngữ.
    pub motto: Option<Range<usize>>,
    /// The line of the number: "Số: 88/2025/QĐ-UBND".
    pub number: Option<Range<usize>>,
    /// Place and date: "Hà Nội, ngày 28 tháng 11 năm 2025".
    pub place_date: Option<Range<usize>>,
    /// The date in it.
    pub date: Option<Date>,
    /// The line of the kind: "QUYẾT ĐỊNH".
    pub kind: Option<Range<usize>>,
    /// Title (trích yếu).
    pub title: Option<Range<usize>>,
    /// Basis (căn cứ), one for each document.
    pub bases: Vec<Basis>,
    /// "Theo đề nghị của …", "Xét Tờ trình …".
    pub proposals: Vec<Range<usize>>,
    /// The line that enacts: "… ban hành Quyết định …", "QUYẾT ĐỊNH:".
    pub enacting: Option<Range<usize>>,
}

/// A basis (căn cứ).
#[derive(Clone, Debug)]
pub struct Basis {
    /// From "Căn cứ" to the end of what is said of one document.
    pub span: Range<usize>,
    /// The line that it stands on.
    pub line: Range<usize>,
    /// Whether it shares its line with one before it.
    pub joined: bool,
}

/// Kinds of document that head a draft, as typed in capitals.
const KINDS: [&str; 13] = [
    "NGHỊ QUYẾT LIÊN TỊCH",
    "THÔNG TƯ LIÊN TỊCH",
    "NGHỊ QUYẾT",
    "QUYẾT ĐỊNH",
    "THÔNG TƯ",
    "NGHỊ ĐỊNH",
    "PHÁP LỆNH",
    "BỘ LUẬT",
    "LUẬT",
    "CHỈ THỊ",
    "KẾ HOẠCH",
    "THÔNG BÁO",
    "CÔNG VĂN",
];

impl Head {
    pub(super) fn read(clean: &str, pieces: &[Piece]) -> Head {
        let first = pieces.iter().find(|piece| !piece.is_opening());
        let end = first.map_or(clean.len(), |piece| piece.line.start);
        let mut head = Head { span: 0..end, ..Head::default() };
        let lines: Vec<(Range<usize>, &str)> = lines_in(clean, 0..end)
            .map(|(span, line)| (span, bare(line)))
            .filter(|(_, line)| !line.is_empty())
            .collect();
        let mut in_basis = false;
        for (i, (span, line)) in lines.iter().enumerate() {
            let upper = line.to_uppercase();
            let lower = line.to_lowercase();
            if lower.trim_start_matches('(').starts_with("dự thảo") {
                continue;
            }
            if lower.starts_with("căn cứ") {
                in_basis = true;
                head.basis(clean, span, line);
                continue;
            }
            if head.bases.is_empty() && head.kind.is_none() {
                if upper.contains("CỘNG HÒA XÃ HỘI CHỦ NGHĨA")
                    || upper.contains("CỘNG HOÀ XÃ HỘI CHỦ NGHĨA")
                {
                    head.country.get_or_insert(span.clone());
                    // Copies put both, and the date, on one line.
                    if folded(line).contains("doc lap - tu do") {
                        head.motto.get_or_insert(span.clone());
                    }
                    if let Some((date, _)) = viet::dates(line).first() {
                        head.date.get_or_insert(*date);
                    }
                    continue;
                }
                if folded(line).starts_with("doc lap - tu do - hanh phuc") {
                    head.motto.get_or_insert(span.clone());
                    continue;
                }
                if (lower.starts_with("số") || lower.starts_with("luật số"))
                    && (line.contains('/') || lower.starts_with("số:"))
                    && head.number.is_none()
                {
                    head.number = Some(span.clone());
                    continue;
                }
                if let Some((_, rest)) = lower.split_once("ngày")
                    && rest.contains("tháng")
                    && rest.contains("năm")
                    && line.chars().count() < 70
                {
                    head.date = viet::dates(line).first().map(|(date, _)| *date);
                    head.place_date.get_or_insert(span.clone());
                    continue;
                }
                if KINDS.iter().any(|kind| upper == *kind) && *line == upper {
                    head.kind = Some(span.clone());
                    continue;
                }
                let letterhead = head.number.is_none() && head.country.is_none();
                let before_kind = head.issuer.as_ref().is_none_or(|issuer| {
                    // The name goes on over lines that follow each other.
                    lines.get(i.wrapping_sub(1)).is_some_and(|(above, _)| above.end == issuer.end)
                });
                if *line == upper && before_kind && (letterhead || head.issuer.is_none()) {
                    let start = head.issuer.as_ref().map_or(span.start, |it| it.start);
                    head.issuer = Some(start..span.end);
                }
                continue;
            }
            let ahead = head.bases.is_empty() && !in_basis;
            if lower.starts_with("xét ")
                || lower.starts_with("theo đề nghị")
                || lower.starts_with("trên cơ sở")
            {
                in_basis = true;
                head.proposals.push(span.clone());
            } else if ahead
                && head.title.is_some()
                && (upper.starts_with("HỘI ĐỒNG NHÂN DÂN") && *line == upper
                    || upper.starts_with("KHÓA ")
                    || upper.starts_with("(TỪ NGÀY"))
            {
                // The council and its session, between title and basis.
                in_basis = true;
            } else if ahead {
                let start = head.title.as_ref().map_or(span.start, |title| title.start);
                head.title = Some(start..span.end);
            } else if head.enacting.is_none() && is_enacting(&upper) {
                head.enacting = Some(span.clone());
            }
        }
        head
    }

    /// The basis of a line, and those that were joined to it.
    fn basis(&mut self, clean: &str, span: &Range<usize>, line: &str) {
        let at = clean[span.clone()].find(line).map_or(span.start, |at| span.start + at);
        let lower = line.to_lowercase();
        let mut starts = vec![0];
        if lower.len() == line.len() {
            let again = ["; căn cứ ", ", căn cứ ", " căn cứ "];
            let mut from = "căn cứ".len();
            while let Some(next) = again
                .iter()
                .filter_map(|cue| {
                    lower[from..].find(cue).map(|i| (from + i + cue.len() - "căn cứ ".len(), *cue))
                })
                .min()
            {
                // "… và căn cứ tình hình": only a document makes a basis of its own.
                if !law::mentions(&line[next.0..]).is_empty() {
                    starts.push(next.0);
                }
                from = next.0 + "căn cứ ".len();
            }
        }
        starts.dedup();
        for (i, start) in starts.iter().enumerate() {
            let end = starts.get(i + 1).copied().unwrap_or(line.len());
            let words = line[*start..end].trim_end();
            let span_here = at + start..at + start + words.len();
            self.bases.push(Basis { span: span_here, line: at..at + line.len(), joined: i > 0 });
        }
    }

    /// What a byte of the head belongs to.
    pub(super) fn zone(&self, at: usize) -> Option<&'static str> {
        let within = |span: &Option<Range<usize>>| {
            span.as_ref().is_some_and(|it| it.start <= at && at <= it.end)
        };
        if !self.span.contains(&at) {
            return None;
        }
        if self.bases.iter().any(|basis| basis.line.contains(&at) || basis.span.contains(&at)) {
            return Some("Căn cứ");
        }
        let zones = [
            (&self.number, "Số, ký hiệu"),
            (&self.country, "Quốc hiệu"),
            (&self.motto, "Quốc hiệu"),
            (&self.place_date, "Địa danh, ngày tháng"),
            (&self.issuer, "Cơ quan ban hành"),
            (&self.kind, "Tên văn bản"),
            (&self.title, "Tên văn bản"),
            (&self.enacting, "Câu ban hành"),
        ];
        let zone = zones.into_iter().find(|(span, _)| within(span)).map(|(_, name)| name);
        zone.or_else(|| {
            let proposed = self.proposals.iter().any(|span| span.contains(&at));
            Some(if proposed { "Căn cứ" } else { "Phần mở đầu" })
        })
    }
}

fn is_enacting(upper: &str) -> bool {
    upper.contains("BAN HÀNH") || upper.starts_with("QUYẾT NGHỊ") || upper.starts_with("QUYẾT ĐỊNH")
}

fn folded(line: &str) -> String {
    viet::fold(line)
        .replace(['–', '—'], "-")
        .replace(" -", " - ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
