//! E-mail (eml, mht): its own words, and the files attached to it.

use mail_parser::{MessageParser, MimeHeaders, PartType};

use super::{Limits, Member, Refused, Text, html};

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Text, Refused> {
    let Some(message) = MessageParser::default().parse(bytes) else {
        return Err(Refused::Damaged { why: "it has no headers of an e-mail".to_owned() });
    };
    let mut text = Text::default();
    for part in message.text_body.iter().filter_map(|&at| message.parts.get(at as usize)) {
        let more = match &part.body {
            PartType::Text(words) => words.to_string(),
            PartType::Html(page) => html::read(page.as_bytes(), false)?.text,
            _ => continue,
        };
        text.text.push_str(&more);
        text.text.push('\n');
    }
    text.title = message.subject().map(str::to_owned);
    text.aside.extend(text.title.clone());
    let mut total = 0;
    for (at, part) in message.attachments().enumerate() {
        let bytes = part.contents();
        total += bytes.len();
        if total > limits.text_bytes {
            return Err(Refused::TooLarge { bytes: total as u64, limit: limits.text_bytes as u64 });
        }
        if at >= limits.members {
            return Err(Refused::Bomb { why: format!("more than {} attachments", limits.members) });
        }
        // A forwarded message is an e-mail of its own; pictures inside a page are its decoration.
        let message = matches!(part.body, PartType::Message(_));
        let inline = matches!(part.body, PartType::InlineBinary(_));
        match part.attachment_name() {
            Some(name) if !inline => {
                text.members.push(Member { name: name.to_owned(), bytes: bytes.to_vec() });
            }
            None if message => text
                .members
                .push(Member { name: format!("thu-{}.eml", at + 1), bytes: bytes.to_vec() }),
            _ => text.warnings.push(format!("bỏ phần đính kèm thứ {} không có tên tệp", at + 1)),
        }
    }
    Ok(text)
}
