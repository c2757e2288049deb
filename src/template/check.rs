//! What parses but cannot be: fields that are not there, and calls that fail
//! whatever the alert.

use super::TemplateError;
use super::ast::{Base, Command, Operand};
use super::number::Number;

type Result<T> = std::result::Result<T, Box<TemplateError>>;

/// Rejects fields that would not be there when the template is rendered.
pub(super) fn check_fields(operand: &Operand) -> Result<()> {
    let known = ["Labels", "ExternalLabels", "ExternalURL", "Value"];
    let mut fields = operand.fields.iter();
    let leaf = match &operand.base {
        Base::Alert => match fields.next() {
            None => return Ok(()),
            Some(field) if !known.contains(&&*field.name) => {
                let error = TemplateError::new(
                    field.range.clone(),
                    format!("an alert has no field `{}`", field.name),
                );
                return Err(match crate::diagnostic::nearest(&field.name, known) {
                    Some(near) => error.help(format!("did you mean `.{near}`?")),
                    None => error.help(format!("for a label, write `$labels.{}`", field.name)),
                });
            }
            Some(field) => match &*field.name {
                "Labels" | "ExternalLabels" => fields.nth(1),
                _ => fields.next(),
            },
        },
        Base::Labels => fields.nth(1),
        Base::Value => fields.next(),
        _ => None,
    };
    match leaf {
        Some(field) => Err(TemplateError::new(
            field.range.clone(),
            "this has no fields: it is a label's value, a number or a text",
        )),
        None => Ok(()),
    }
}

/// Rejects commands that Go refuses to parse, or fails to execute whatever
/// the alert.
pub(super) fn check_command(command: &Command, piped: bool) -> Result<()> {
    let [first, arguments @ ..] = command.operands.as_slice() else {
        return Ok(());
    };
    let Base::Function(function) = first.base else {
        if let Some(argument) = arguments.first() {
            return Err(TemplateError::new(
                first.range.start..argument.range.end,
                "only functions take arguments",
            ));
        }
        if piped {
            return Err(TemplateError::new(
                first.range.clone(),
                "a value can be piped into a function only",
            ));
        }
        return Ok(());
    };
    let count = arguments.len() + usize::from(piped);
    if count < function.least || function.most.is_some_and(|most| count > most) {
        return Err(TemplateError::new(
            first.range.clone(),
            format!(
                "`{}` takes {}, not {count}",
                function.name,
                function.arity()
            ),
        ));
    }
    if matches!(function.name, "eq" | "ne" | "lt" | "le" | "gt" | "ge")
        && arguments.iter().any(Operand::is_value)
    {
        let integer = arguments
            .iter()
            .find(|argument| matches!(argument.base, Base::Number(Number::Int(_))));
        if let Some(integer) = integer {
            return Err(TemplateError::new(
                integer.range.clone(),
                "an integer cannot be compared with the alert's value, which has a fraction",
            )
            .help("write the number with a point, such as `5.0`"));
        }
    }
    Ok(())
}
