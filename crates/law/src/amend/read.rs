//! The changes that an amending act orders.

use std::collections::HashMap;

use jiff::civil::Date;

use super::header::{Order, Target, Verb, orders, take, targets};
use super::outline::{BLOCK, Node, outline};
use super::quoted::{cut, is_bare};
use super::{Change, Deed, Proof, Spot};
use crate::citation::{Citation, Place};
use crate::document::{Document, Parsed, Problem};

/// Reads the instructions of an act: which places of which documents it changes, to which words, from
/// when. `texts` are the words of its articles. `resolve` gives the number of a law that is called by
/// its name alone.
///
/// A change holds from the day on which the provision that orders it comes into force.
pub fn changes(
    document: &Document,
    texts: &[impl AsRef<str>],
    resolve: &dyn Fn(&str) -> Option<String>,
) -> Parsed<Vec<Change>> {
    let mut reader = Reader { document, resolve, found: Vec::new(), problems: Vec::new() };
    let title = targets(&document.title).0;
    let title = title
        .into_iter()
        .find(|target| !target.document.is_empty() && target.document != document.id);
    for (article, text) in document.articles.iter().zip(texts) {
        let text = text.as_ref();
        // An annex or an attached text orders nothing; most articles hold no verb at all.
        if article.place.part.is_some() || article.place.article.as_deref() == Some("0") {
            continue;
        }
        let verbs = [
            "ửa đổi",
            "ổ sung",
            "ãi bỏ",
            "ủy bỏ",
            "uỷ bỏ",
            "hay thế",
            "hết hiệu lực",
            "chấm dứt hiệu lực",
            "gưng hiệu lực",
            "ính chính",
        ];
        let holds = |text: &str| verbs.iter().any(|verb| text.contains(verb));
        if holds(&article.heading) || holds(text) {
            reader.article(&outline(&article.place, &article.heading, text), title.as_ref());
        }
    }
    let mut seen = HashMap::new();
    let changes = reader.found.into_iter().filter(|change| {
        let key = (change.at.clone(), change.spot, change.by.clone(), format!("{:?}", change.deed));
        seen.insert(key, ()).is_none()
    });
    Parsed { value: changes.collect(), problems: reader.problems }
}

struct Reader<'a> {
    document: &'a Document,
    resolve: &'a dyn Fn(&str) -> Option<String>,
    found: Vec<Change>,
    problems: Vec<Problem>,
}

/// What the units above have said.
#[derive(Clone, Default)]
struct Context {
    target: Target,
    /// An order whose places stand in the units below: "Bãi bỏ các quy định sau đây:".
    order: Option<Order>,
    /// Whether an order stands above at all.
    amends: bool,
}

impl Reader<'_> {
    fn article(&mut self, nodes: &[Node], title: Option<&Target>) {
        let mut above = [Context::default(), Context::default(), Context::default()];
        for (i, node) in nodes.iter().enumerate() {
            let mut context = match node.level {
                0 => Context { target: title.cloned().unwrap_or_default(), ..Context::default() },
                level => above[..level]
                    .iter()
                    .rev()
                    .find(|context| context.amends)
                    .unwrap_or(&above[0])
                    .clone(),
            };
            let leaf = nodes.get(i + 1).is_none_or(|next| next.level <= node.level);
            self.node(node, leaf, &mut context);
            for below in &mut above[node.level + 1..] {
                *below = Context::default();
            }
            above[node.level] = context;
        }
    }

    fn node(&mut self, node: &Node, leaf: bool, context: &mut Context) {
        let found = Self::orders(node, context);
        if found.is_empty() {
            self.without_verb(node, leaf, context);
            return;
        }
        context.amends = true;
        // What the units below inherit.
        let named = |order: &Order| order.targets.iter().chain(&order.anchor).next().cloned();
        let first = found.iter().find_map(named);
        let mut inherited = context.clone();
        if let Some(first) = first {
            let spot = first.spot;
            let mut target = first;
            self.number(&mut target, &context.target);
            take(&mut target, &context.target);
            if spot == Spot::Whole || target.place != Place::default() {
                inherited.target = target;
            }
        }
        // One quotation may hold the words of several orders: each ends where the next begins.
        let targets = found.iter().flat_map(|order| self.targets(node, order, &context.target));
        let places: Vec<Place> = targets.map(|target| target.place).collect();
        for order in &found {
            let lists_below = !leaf
                && node.blocks.is_empty()
                && (order.words.is_empty()
                    || node.head.trim_end().ends_with(':') && order.targets.is_empty());
            if lists_below || order.some {
                inherited.order = (found.len() == 1).then(|| order.clone());
                // "Sửa đổi, bổ sung một số khoản của Điều 11": a place for the units below, no change.
                if order.some || lists_below && matches!(order.verb, Verb::Replace | Verb::Insert) {
                    continue;
                }
                if order.targets.is_empty() {
                    continue;
                }
            }
            self.order(node, order, &places, &context.target);
        }
        *context = inherited;
    }

    /// The orders of a node that begins with one, or stands below one.
    fn orders(node: &Node, context: &Context) -> Vec<Order> {
        let head = node.head.replace(BLOCK, " ").to_lowercase();
        let words = head.trim_start_matches(|c: char| !c.is_alphabetic());
        // "a) Sửa đổi": the label is no word.
        let words = match words.split_once([')', '.']) {
            Some((label, rest)) if label.chars().count() <= 3 && !label.contains(' ') => {
                rest.trim_start()
            }
            _ => words,
        };
        let own = [
            "luật này ",
            "nghị định này ",
            "thông tư này ",
            "quyết định này ",
            "nghị quyết này ",
            "pháp lệnh này ",
            "nay ",
            "đồng thời ",
            "tại ",
        ];
        let words =
            own.iter().find_map(|own| words.strip_prefix(own)).unwrap_or(words).trim_start();
        let verbs = [
            "sửa đổi",
            "bổ sung",
            "bãi bỏ",
            "hủy bỏ",
            "huỷ bỏ",
            "thay thế",
            "thay ",
            "bỏ ",
            "lược bỏ",
            "đính chính",
            "ngưng hiệu lực",
            "đổi tên",
            "chuyển ",
            "đánh số lại",
        ];
        let begins = verbs.iter().any(|verb| words.starts_with(verb))
            || node.head.trim_start().to_lowercase().starts_with("tại ")
            || node.level == 0
                && head
                    .lines()
                    .any(|line| verbs.iter().any(|verb| line.trim_start().starts_with(verb)));
        let inside = context.amends && node.level > 0;
        let repeals = node.head.contains("được bãi bỏ") || node.head.contains("bị bãi bỏ");
        if begins || inside && (!node.blocks.is_empty() || repeals) {
            orders(&node.head)
        } else {
            Vec::new()
        }
    }

    /// A unit that orders nothing itself: a place in a list that an order above announced, or "Điều 9
    /// của Luật … hết hiệu lực".
    fn without_verb(&mut self, node: &Node, leaf: bool, context: &mut Context) {
        let masked = super::masks::mask(&node.head);
        if let Some(above) = context.order.clone() {
            // "Điều 5, trừ khoản 2": a part of it, and what is excepted is no target.
            let except = masked.find(" trừ ");
            let mut found = targets(&masked[..except.unwrap_or(masked.len())]).0;
            if except.is_some() {
                found.iter_mut().for_each(|target| target.spot = Spot::Paragraph);
            }
            if let Some(first) = found.first() {
                let mut target = first.clone();
                self.number(&mut target, &context.target);
                context.target.document = target.document;
            }
            if !leaf || found.is_empty() {
                return;
            }
            found.retain(|target| target.place != Place::default());
            // Words that are replaced stand in the units below: "a) Cụm từ “A” bằng cụm từ “B”".
            let order = match super::header::orders(&format!(
                "thay thế {}",
                node.head.trim_start_matches(|c: char| !c.is_whitespace())
            ))
            .into_iter()
            .next()
            {
                Some(order) if !order.words.is_empty() => order,
                _ if found.is_empty() => return,
                _ => {
                    if above.spot == Spot::Paragraph {
                        found.iter_mut().for_each(|target| target.spot = Spot::Paragraph);
                    }
                    Order { targets: found, blocks: 0..node.blocks.len(), some: false, ..above }
                }
            };
            self.order(node, &order, &[], &context.target.clone());
            return;
        }
        let lower = masked.to_lowercase();
        let ends = ["hết hiệu lực", "chấm dứt hiệu lực"]
            .iter()
            .filter_map(|words| lower.find(words))
            .min();
        let Some(at) = ends.filter(|_| lower.len() == masked.len()) else { return };
        // What is excepted is no target; "trừ" before the verb makes the reading unsure.
        let said = &masked[..at];
        let found: Vec<Target> = targets(said)
            .0
            .into_iter()
            .filter(|target| {
                target.place != Place::default()
                    && (!target.document.is_empty() || target.name.is_some())
            })
            .collect();
        let starts = targets(said).1;
        let near = starts.last().is_some_and(|start| at - start < 160);
        let others = [
            "đến khi",
            "sau khi",
            "giấy phép",
            "hợp đồng",
            "được sử dụng",
            "được tiếp tục",
            "cho đến",
        ];
        let other = others.iter().any(|words| lower[..at].contains(words));
        if said.contains(" trừ ")
            || found.is_empty() && !node.head.trim_end().ends_with(':')
            || other
            || !near && !found.is_empty()
        {
            return;
        }
        // "Các quy định sau đây hết hiệu lực:": the units below name them.
        if !leaf && node.head.trim_end().ends_with(':') {
            context.amends = true;
            context.order = Some(Order { verb: Verb::Repeal, ..Order::default() });
            return;
        }
        if found.is_empty() {
            return;
        }
        let order = Order { verb: Verb::Repeal, targets: found, ..Order::default() };
        self.order(node, &order, &[], &Target::default());
    }

    fn tell(&mut self, node: &Node, what: String) {
        if self.problems.len() < 200 {
            self.problems.push(Problem { at: node.at.to_string(), what });
        }
    }

    /// Gives a target its document's number.
    fn number(&self, target: &mut Target, above: &Target) {
        if target.document.is_empty()
            && let Some(name) = &target.name
        {
            // A name that the units above gave with a number.
            let same = above.name.as_deref().is_some_and(|known| known == name);
            target.document = match same && !above.document.is_empty() {
                true => above.document.clone(),
                false => (self.resolve)(name).unwrap_or_default(),
            };
        }
    }

    /// The targets of an order, with what they leave out taken from the units above.
    fn targets(&self, node: &Node, order: &Order, above: &Target) -> Vec<Target> {
        let mut targets = order.targets.clone();
        if targets.is_empty() && (!order.words.is_empty() || !node.blocks.is_empty()) {
            let spot = if order.spot == Spot::Whole { above.spot } else { order.spot };
            targets.push(Target { spot, ..above.clone() });
        }
        for target in &mut targets {
            self.number(target, above);
            if target.document.is_empty() && target.name.is_none() {
                target.document.clone_from(&above.document);
            }
            let same = target.document == above.document;
            if same {
                take(target, above);
            }
        }
        targets
    }

    /// Reads one order of a node; `places` are those of all its orders.
    fn order(&mut self, node: &Node, order: &Order, places: &[Place], above: &Target) {
        let mut targets = self.targets(node, order, above);
        // A whole document that is replaced or repealed is a relation, not a change of a place.
        let words = !order.words.is_empty();
        targets.retain(|target| words || target.place != Place::default());
        if targets.is_empty() {
            return;
        }
        if let Some(lost) = targets.iter().find(|target| target.document.is_empty()) {
            let name = lost.name.clone().unwrap_or_default();
            let short: String = node.head.replace(BLOCK, "…").chars().take(120).collect();
            self.tell(node, format!("không rõ văn bản được sửa {name}: {short}"));
            return;
        }
        targets.retain(|target| target.document != self.document.id);
        let deeds = self.deeds(node, order, &targets, places);
        let by = Citation { document: self.document.id.clone(), place: node.at.clone() };
        let from = self.day(&node.at);
        for (target, deed) in deeds {
            let at = Citation { document: target.document, place: target.place };
            let change = Change {
                at,
                spot: target.spot,
                deed,
                by: by.clone(),
                from,
                proof: Proof::Instruction,
            };
            self.found.push(change);
        }
    }

    /// What is done to each target.
    fn deeds(
        &mut self,
        node: &Node,
        order: &Order,
        targets: &[Target],
        all: &[Place],
    ) -> Vec<(Target, Deed)> {
        let each = |deed: &dyn Fn() -> Deed| {
            targets.iter().map(|target| (target.clone(), deed())).collect()
        };
        match order.verb {
            Verb::Words | Verb::AddWords | Verb::DropWords => {
                if order.words.is_empty() {
                    let short: String = node.head.chars().take(120).collect();
                    self.tell(node, format!("không thấy từ được thay: {short}"));
                }
                let pairs = order.words.iter();
                let all = pairs.flat_map(|(old, new)| {
                    targets.iter().map(move |target| {
                        (target.clone(), Deed::Phrase { old: old.clone(), new: new.clone() })
                    })
                });
                all.collect()
            }
            Verb::Repeal => each(&|| Deed::Repeal),
            Verb::Suspend => each(&|| Deed::Suspend),
            Verb::Renumber => {
                // "Chuyển khoản 3 thành khoản 4", in pairs.
                let mut pairs = Vec::new();
                for pair in targets.chunks(2) {
                    if let [from, to] = pair {
                        let to =
                            Citation { document: to.document.clone(), place: to.place.clone() };
                        pairs.push((from.clone(), Deed::Renumber(to)));
                    }
                }
                pairs
            }
            Verb::Replace | Verb::Insert => {
                let make = |text: Option<String>| match order.verb {
                    Verb::Insert => Deed::Insert(text),
                    _ => Deed::Replace(text),
                };
                let block =
                    node.blocks.get(order.blocks.clone()).filter(|blocks| !blocks.is_empty());
                // One quotation at the end holds the words of several orders.
                let block = block
                    .map(|blocks| blocks.join("\n"))
                    .or_else(|| (node.blocks.len() == 1).then(|| node.blocks[0].clone()));
                let Some(block) = block else {
                    // "Thay thế: Điều 14, 18 Quyết định …": replaced by this act as a whole.
                    let replaced = order.replaces;
                    if !replaced {
                        let short: String = node.head.chars().take(120).collect();
                        self.tell(node, format!("không thấy lời văn mới: {short}"));
                    }
                    return each(&|| if replaced { Deed::Repeal } else { make(None) });
                };
                let own = || targets.iter().map(|target| target.place.clone());
                let shared = node.blocks.len() == 1 && all.len() > targets.len();
                let places: Vec<Place> = if shared { all.to_vec() } else { own().collect() };
                let pieces = cut(&block, &places);
                let find = |place: Place| {
                    let i = places.iter().position(|there| *there == place)?;
                    pieces[i].clone()
                };
                let mut texts: Vec<Option<String>> = own().map(find).collect();
                if let [target] = targets
                    && texts[0].is_none()
                    && (is_bare(&block) || target.spot != Spot::Whole)
                {
                    texts[0] = Some(block.clone());
                }
                let mut out = Vec::new();
                for (target, text) in targets.iter().zip(texts) {
                    if text.is_none() {
                        self.tell(node, format!("lời văn mới không có {}", target.place));
                    }
                    out.push((target.clone(), make(text)));
                }
                out
            }
        }
    }

    /// The day from which what a provision of this act orders holds.
    fn day(&self, place: &Place) -> Option<Date> {
        let covers = |outer: &Place| {
            outer.article == place.article
                && (outer.clause.is_none() || outer.clause == place.clause)
                && (outer.point.is_none() || outer.point == place.point)
        };
        let own = self.document.starts.iter().filter(|(outer, _)| covers(outer));
        let own = own.max_by_key(|(outer, _)| {
            usize::from(outer.clause.is_some()) + usize::from(outer.point.is_some())
        });
        own.map(|(_, date)| *date).or(self.document.effective)
    }
}
