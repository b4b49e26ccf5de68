//! One review: the draft, the law, the day, and what the checks share.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use jiff::civil::Date;
use law::{Citation, Document, Library, Place, Status};

use crate::check;
use crate::draft::{Draft, lines_in};
use crate::finding::{
    Against, Asked, At, By, Checked, Finding, Identity, NotChecked, Report, Severity, State, id,
};
use crate::known::Known;
use crate::table::{How, Table, filled};

/// How often words stand side by side in the library: what is usual is no slip.
pub trait Usage: Sync {
    /// How many texts have these two syllables (lower case, with marks) one after the other.
    fn pair(&self, first: &str, second: &str) -> u32;
}

/// What drafts are held against.
pub struct Reviewer<'a> {
    /// The law.
    pub library: &'a Library,
    /// What was gathered from it.
    pub known: &'a Known,
    /// The checks.
    pub table: &'a Table,
    /// How words are used.
    pub usage: &'a dyn Usage,
    /// Checks that a person switched off, each with the reason.
    pub off: BTreeMap<u8, String>,
}

/// A document or provision that the draft names.
#[derive(Clone, Debug)]
pub(crate) struct Cited<'a> {
    /// The whole expression.
    pub(crate) span: Range<usize>,
    /// The place, in a document of the library where it is known.
    pub(crate) citation: Citation,
    /// The document, if the library has it.
    pub(crate) document: Option<&'a Document>,
    /// Its name as the draft writes it.
    pub(crate) name: Option<String>,
    /// Its number as the draft writes it, in canonical form; empty where it gives none.
    pub(crate) number: String,
}

/// The basis of the draft, read.
#[derive(Clone, Debug)]
pub(crate) struct Ground<'a> {
    pub(crate) span: Range<usize>,
    /// Whether it was joined to the one before on a line.
    pub(crate) joined: bool,
    /// Whether it is a second document of one basis ("Luật A, Luật B").
    pub(crate) second: bool,
    /// The document that it is.
    pub(crate) main: Option<Cited<'a>>,
    /// Documents that are said to have amended it.
    pub(crate) amenders: Vec<Cited<'a>>,
}

/// The draft under review, with everything that checks need.
pub(crate) struct Case<'a> {
    pub(crate) draft: &'a Draft,
    pub(crate) library: &'a Library,
    pub(crate) known: &'a Known,
    pub(crate) usage: &'a dyn Usage,
    table: &'a Table,
    /// The day of signing, or the day of the review.
    pub(crate) signed: Date,
    /// First day in force, if the draft says it.
    pub(crate) effective: Option<Date>,
    /// The day whose law counts: the first day in force, or the day of the review.
    pub(crate) day: Date,
    pub(crate) identity: Identity,
    pub(crate) issuer: check::identity::Issuer,
    pub(crate) grounds: Vec<Ground<'a>>,
    /// What the articles name.
    pub(crate) cited: Vec<Cited<'a>>,
}

/// Findings so far, and what could not be looked at.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) findings: Vec<(Range<usize>, Finding)>,
    pub(crate) questions: Vec<Asked>,
    pub(crate) states: BTreeMap<u8, (State, String)>,
    taken: HashMap<String, usize>,
    of_kind: HashMap<(u8, &'static str), usize>,
}

/// Most findings of one fault: a file that has more of them is wrong as a whole.
const MOST: usize = 100;

impl Reviewer<'_> {
    /// Holds a draft against the law. `on` stands in where the draft gives no day of signing.
    pub fn review(&self, draft: &Draft, on: Date) -> Report {
        let case = Case::new(self, draft, on);
        let mut found = Found::default();
        for (checks, run) in check::ALL {
            if checks.iter().all(|no| self.off.contains_key(no)) {
                continue;
            }
            run(&case, &mut found);
        }
        found.findings.retain(|(_, finding)| !self.off.contains_key(&finding.check));
        found.findings.sort_by_key(|(span, finding)| (finding.severity, span.start, finding.check));
        let findings: Vec<Finding> =
            found.findings.into_iter().map(|(_, finding)| finding).collect();
        let mut checks = Vec::new();
        let mut not_checked = Vec::new();
        for check in self.table.checks() {
            let count = findings.iter().filter(|finding| finding.check == check.no).count();
            let said = found.states.get(&check.no);
            let (state, reason) = match (self.off.get(&check.no), said) {
                (Some(why), _) => (State::Off, why.clone()),
                (_, Some((State::Partly, why))) if count > 0 => (State::Failed, why.clone()),
                _ if count > 0 => (State::Failed, check.part.clone()),
                (_, Some((state, why))) => (*state, why.clone()),
                _ if !check.not_done.is_empty() => (State::NotPossible, check.not_done.clone()),
                _ if check.asks => (State::Asked, String::new()),
                _ if !check.part.is_empty() => (State::Partly, check.part.clone()),
                _ => (State::Passed, String::new()),
            };
            let left = matches!(state, State::NotPossible | State::Off | State::Partly);
            if left || state == State::Failed && !reason.is_empty() {
                not_checked.push(NotChecked { check: check.no, reason: reason.clone() });
            }
            let name = check.name.clone();
            checks.push(Checked { check: check.no, name, state, findings: count, reason });
            if !check.question.is_empty() && state != State::Off {
                let rule = check.rule.clone();
                let question = check.question.clone();
                found.questions.push(Asked { check: check.no, question, rule });
            }
        }
        found.questions.retain(|asked| !self.off.contains_key(&asked.check));
        found.questions.sort_by_key(|asked| asked.check);
        let notes = draft.problems.iter().map(|it| {
            if it.at.is_empty() { it.what.clone() } else { format!("{}: {}", it.at, it.what) }
        });
        let notes = notes.collect();
        let questions = found.questions;
        Report {
            document: case.identity,
            on: case.day,
            findings,
            checks,
            questions,
            not_checked,
            notes,
        }
    }
}

impl<'a> Case<'a> {
    fn new(reviewer: &Reviewer<'a>, draft: &'a Draft, on: Date) -> Case<'a> {
        let signed = draft.signed().unwrap_or(on);
        let effective = check::time::effective(draft);
        let issuer = check::identity::Issuer::of(draft);
        let mut case = Case {
            draft,
            library: reviewer.library,
            known: reviewer.known,
            usage: reviewer.usage,
            table: reviewer.table,
            signed,
            effective,
            day: effective.filter(|day| *day >= signed).or(draft.signed()).unwrap_or(on),
            identity: check::identity::identity(draft, effective),
            issuer,
            grounds: Vec::new(),
            cited: Vec::new(),
        };
        case.grounds = case.read_grounds();
        let articles: Vec<Range<usize>> = draft
            .pieces
            .iter()
            .filter(|piece| !piece.is_opening())
            .flat_map(|piece| [piece.line.clone(), piece.body.clone()])
            .collect();
        case.cited = articles.into_iter().flat_map(|span| case.mentions(span)).collect();
        case.cited.sort_by_key(|cited| cited.span.start);
        case.cited.dedup_by(|a, b| a.span == b.span && a.citation == b.citation);
        case
    }

    fn read_grounds(&self) -> Vec<Ground<'a>> {
        let bases = self.draft.head.bases.iter();
        bases
            .flat_map(|basis| {
                let words = self.draft.words(&basis.span);
                // "được sửa đổi, bổ sung bởi Luật số …", "sửa đổi bởi …", "đã được sửa đổi một số điều theo …"
                let cut = words.match_indices("sửa đổi").map(|(at, _)| at).find(|&at| {
                    let near: String = words[at..].chars().take(45).collect();
                    let passive = ["được ", "đã "].iter().any(|word| words[..at].ends_with(word));
                    passive || near.contains(" bởi ")
                });
                let passive = cut.is_some();
                let cut = cut.unwrap_or(words.len());
                let cited = self.mentions(basis.span.clone());
                let main = cited.first().cloned();
                let amenders: Vec<Cited<'a>> = cited
                    .iter()
                    .skip(1)
                    .filter(|it| {
                        passive && it.span.start > basis.span.start + cut && !it.number.is_empty()
                    })
                    .cloned()
                    .collect();
                let mut grounds = vec![Ground {
                    span: basis.span.clone(),
                    joined: basis.joined,
                    second: false,
                    main,
                    amenders,
                }];
                // "Luật A số …, Luật B số …" and nothing between: the second is a basis as well.
                for pair in cited.windows(2) {
                    let between = self.draft.words(&(pair[0].span.end..pair[1].span.start)).trim();
                    if pair[1].span.start >= basis.span.start + cut
                        || !matches!(between, "," | "và" | ", và" | ";")
                        || pair[1].number.is_empty()
                    {
                        break;
                    }
                    let (span, main) = (pair[1].span.clone(), Some(pair[1].clone()));
                    grounds.push(Ground {
                        span,
                        joined: false,
                        second: true,
                        main,
                        amenders: Vec::new(),
                    });
                }
                grounds
            })
            .collect()
    }

    /// What a range names, line by line.
    pub(crate) fn mentions(&self, span: Range<usize>) -> Vec<Cited<'a>> {
        let mut found = Vec::new();
        for (line, words) in lines_in(self.draft.clean(), span) {
            for mention in law::mentions(words) {
                let span = line.start + mention.span.start..line.start + mention.span.end;
                let number = mention.citation.document.clone();
                let document = match (number.is_empty(), &mention.name) {
                    (false, _) => self.document(&number),
                    (true, Some(name)) => self.named(name),
                    (true, None) => None,
                };
                let id = document.map_or_else(|| number.clone(), |it| it.id.clone());
                let citation = Citation { document: id, place: mention.citation.place };
                found.push(Cited { span, citation, document, name: mention.name, number });
            }
        }
        found
    }

    /// A document by the number that the draft writes: where several issuers share it, that of the city.
    pub(crate) fn document(&self, number: &str) -> Option<&'a Document> {
        // The draft itself is no measure for it.
        if number == law::canonical(&self.identity.number) {
            return None;
        }
        let of_city = || {
            let of = format!("{number} [");
            let same = self.library.documents().iter().filter(|it| it.id.starts_with(&of));
            same.max_by_key(|it| it.issuer.contains("Hà Nội") || it.id.contains("Hà Nội"))
        };
        self.library.document(number).or_else(of_city).filter(|it| self.is_ours(it))
    }

    /// Whether a local document is of the place that the draft is of: councils and committees everywhere number theirs
    /// alike.
    fn is_ours(&self, document: &Document) -> bool {
        let local = ["HĐND", "UBND", "QĐ-UB"].iter().any(|body| document.id.contains(body));
        let issuer = viet::fold(&document.issuer);
        let title = viet::fold(&document.title);
        let own = viet::fold(&self.issuer.name);
        let place = own.rsplit("nhan dan").next().unwrap_or_default().trim();
        let place = place.strip_prefix("thanh pho ").unwrap_or(place);
        !local
            || [issuer.as_str(), title.as_str()]
                .iter()
                .any(|text| text.contains("ha noi") || !place.is_empty() && text.contains(place))
    }

    /// A law by its name: the one that the basis names, or the one in force on the day.
    fn named(&self, name: &str) -> Option<&'a Document> {
        let (plain, year) = match name.rsplit_once(' ') {
            Some((plain, year)) if year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()) => {
                (plain, year.parse::<i16>().ok())
            }
            _ => (name, None),
        };
        let same = |title: &str| viet::fold(title) == viet::fold(plain);
        let of_basis = self.grounds.iter().filter_map(|ground| ground.main.as_ref()).find(|main| {
            main.name.as_deref().is_some_and(same) && main.document.is_some() && year.is_none()
        });
        if let Some(main) = of_basis {
            return main.document;
        }
        let titled = self.library.titled(plain).filter(|it| !it.guide);
        let fits = titled
            .filter(|it| year.is_none_or(|year| it.issued.is_some_and(|day| day.year() == year)));
        fits.max_by_key(|it| {
            let standing = it.standing(&Place::default(), self.day);
            (standing.status.holds(), it.effective <= Some(self.day), it.issued)
        })
    }

    /// The words of a place on the day of the review, as evidence; the whole of a long provision is cut at the end
    /// of a line or sentence.
    pub(crate) fn evidence(&self, at: &Citation) -> Option<Against> {
        let words = self.law_words(at)?;
        let quote = cut(&words, 600);
        Some(self.against(at, quote))
    }

    /// The words of a place on the day, without its lead-ins.
    pub(crate) fn law_words(&self, at: &Citation) -> Option<String> {
        let (_, article) = self.library.article(at)?;
        let now = || self.library.text(at);
        if article.versions.is_empty() {
            return now();
        }
        // The article as it was on the day, cut anew: a quotation is one piece of it.
        let Some(text) = self.library.text_on(&at.to_article(), self.day) else { return now() };
        if at.place.clause.is_none() {
            return Some(text);
        }
        let article =
            law::Article { clauses: law::split_article(&text).0, ..law::Article::default() };
        let words = article.span(&at.place, text.len()).and_then(|span| text.get(span));
        words.map(|words| words.trim().to_owned()).or_else(now)
    }

    pub(crate) fn against(&self, at: &Citation, quote: String) -> Against {
        let title =
            self.library.document(&at.document).map(|it| it.title.clone()).unwrap_or_default();
        let status = self.library.standing(at, self.day).status.name().to_owned();
        Against { citation: at.to_string(), title, quote, status }
    }

    /// The sentence of a document that holds these words, as evidence.
    pub(crate) fn saying(&self, document: &str, words: &[&str]) -> Option<Against> {
        let document = self.library.document(document)?;
        // Acts say what they end in their last articles.
        for article in document.articles.iter().rev() {
            let at = document.cite(article);
            let Some(text) = self.library.text(&at) else { continue };
            let Some(line) = text.lines().find(|line| words.iter().all(|word| line.contains(word)))
            else {
                continue;
            };
            let offset = text.find(line).unwrap_or(0);
            let place = article.clauses.iter().find(|clause| clause.span.contains(&offset));
            let mut at = at;
            at.place.clause = place.map(|clause| clause.number.clone());
            let hit = line.find(words[0]).unwrap_or(0);
            let from = line[..hit].rfind("; ").map_or(0, |i| i + 2);
            return Some(self.against(&at, cut(&line[from..], 600)));
        }
        None
    }

    /// A rule in the library: the first of these citations that it has.
    pub(crate) fn rule(&self, citations: &[&str]) -> Vec<Against> {
        citations.iter().filter_map(|at| self.evidence(&at.parse().ok()?)).collect()
    }

    /// Where a document stands on the day.
    pub(crate) fn status(&self, document: &Document) -> Status {
        document.standing(&Place::default(), self.day).status
    }

    /// The question that belongs to a check.
    pub(crate) fn asked(&self, no: u8) -> Asked {
        let check = self.table.check(no);
        let question =
            check.faults.get("ask").map_or_else(|| check.name.clone(), |it| it.why.clone());
        Asked { check: no, question, rule: check.rule.clone() }
    }

    /// Begins a finding.
    pub(crate) fn find(&self, check: u8, kind: &'static str, span: Range<usize>) -> New<'_> {
        New {
            case: self,
            check,
            kind,
            span,
            also: Vec::new(),
            against: Vec::new(),
            values: Vec::new(),
            severity: None,
            by: By::Rule,
            doubted: false,
            place: None,
        }
    }

    fn at(&self, span: &Range<usize>, place: Option<&str>) -> At {
        // What is addressed to a program is blank in clean form, and shown as it was typed.
        let (typed, [start, _]) = self.draft.as_typed(span);
        let quote = typed.trim();
        let start = start + typed.chars().take_while(|c| c.is_whitespace()).count();
        let chars = [start, start + quote.chars().count()];
        let place = place.map_or_else(|| self.draft.place_name(span), str::to_owned);
        At { place, quote: quote.to_owned(), span: chars }
    }
}

/// A finding that is being put together.
pub(crate) struct New<'c> {
    case: &'c Case<'c>,
    check: u8,
    kind: &'static str,
    span: Range<usize>,
    also: Vec<Range<usize>>,
    against: Vec<Against>,
    values: Vec<(&'static str, String)>,
    severity: Option<Severity>,
    by: By,
    doubted: bool,
    place: Option<&'static str>,
}

impl New<'_> {
    pub(crate) fn value(mut self, name: &'static str, value: impl ToString) -> Self {
        self.values.push((name, value.to_string()));
        self
    }

    pub(crate) fn against(mut self, against: impl IntoIterator<Item = Against>) -> Self {
        self.against.extend(against);
        self
    }

    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    pub(crate) fn also(mut self, spans: Vec<Range<usize>>) -> Self {
        self.also = spans;
        self
    }

    /// Whether its rule has still to be held against the gazette, beyond what the table says.
    pub(crate) fn unverified(mut self, doubted: bool) -> Self {
        self.doubted |= doubted;
        self
    }

    pub(crate) fn suspected(mut self) -> Self {
        self.by = By::Model;
        self
    }

    pub(crate) fn at_place(mut self, place: &'static str) -> Self {
        self.place = Some(place);
        self
    }

    pub(crate) fn put(self, found: &mut Found) {
        let count = found.of_kind.entry((self.check, self.kind)).or_insert(0);
        *count += 1;
        if *count > MOST {
            return;
        }
        let check = self.case.table.check(self.check);
        let fault = check.faults.get(self.kind);
        let values: Vec<(&str, &str)> =
            self.values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let why = fault.map_or_else(|| self.kind.to_owned(), |fault| filled(&fault.why, &values));
        let suggestion = fault.map(|fault| filled(&fault.suggestion, &values)).unwrap_or_default();
        let at = self.case.at(&self.span, self.place);
        let also = self.also.iter().take(MOST).map(|span| self.case.at(span, None)).collect();
        let key = id(self.check, self.kind, &at.quote, 0);
        let nth = found.taken.entry(key).or_insert(0);
        let finding = Finding {
            id: id(self.check, self.kind, &at.quote, *nth),
            check: self.check,
            kind: self.kind.to_owned(),
            name: check.name.clone(),
            severity: self.severity.or(fault.and_then(|it| it.severity)).unwrap_or(check.severity),
            at,
            also,
            against: self.against,
            why,
            suggestion,
            rule: fault.and_then(|it| it.rule.clone()).unwrap_or_else(|| check.rule.clone()),
            mark: match self.doubted {
                true => "unverified".to_owned(),
                false => fault.and_then(|it| it.mark.clone()).unwrap_or_else(|| check.mark.clone()),
            },
            by: if check.how == How::M { By::Model } else { self.by },
        };
        *nth += 1;
        // The same words under the same check say no more.
        let again = found.findings.iter().any(|(span, there)| {
            *span == self.span && there.check == finding.check && there.kind == finding.kind
        });
        if !again {
            found.findings.push((self.span, finding));
        }
    }
}

impl Found {
    /// Says that a check has nothing to look at.
    pub(crate) fn not_applicable(&mut self, checks: &[u8], why: &str) {
        for check in checks {
            self.states.insert(*check, (State::NotApplicable, why.to_owned()));
        }
    }

    /// Says that a part of a check was not looked at.
    pub(crate) fn partly(&mut self, check: u8, why: &str) {
        self.states.insert(check, (State::Partly, why.to_owned()));
    }

    /// Whether a check has found something at a place.
    pub(crate) fn has(&self, checks: &[u8], span: &Range<usize>) -> bool {
        self.findings.iter().any(|(there, finding)| {
            checks.contains(&finding.check) && there.start < span.end && span.start < there.end
        })
    }
}

/// The beginning of a text, at most so many letters, cut where a line or sentence ends if one does.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let text = text.trim();
    let Some((end, _)) = text.char_indices().nth(most) else { return text.to_owned() };
    let head = &text[..end];
    let at = head.rfind(['\n', ';', '.']).filter(|at| *at > end / 3).or_else(|| head.rfind(' '));
    text[..at.map_or(end, |at| at + 1)].trim().to_owned()
}

/// Content words of a text: folded syllables that are no particles.
pub(crate) fn syllables(text: &str) -> Vec<String> {
    viet::syllables(text).iter().map(|it| viet::normalize(it.text).to_lowercase()).collect()
}

/// Pairs of neighbouring syllables: words, for comparing.
pub(crate) fn pairs(text: &str) -> BTreeSet<String> {
    syllables(text).windows(2).map(|pair| pair.join(" ")).collect()
}
