//! `scap deploy-service SERVICE`

use super::bump;
use crate::carry_out::{self, Order};
use crate::cli::DeployArguments;
use crate::context::Context;
use crate::control::verb::MakePlan;
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::{planning, queue, view};

pub(crate) async fn run(context: &Context, arguments: &DeployArguments) -> Result<Exit, Trouble> {
    if let Some(tag) = &arguments.bump {
        let settings = context.settings()?;
        let wiring = context.wiring(&settings).await?;
        let service = planning::service(&settings, &arguments.service)?;
        let change = (tag.as_str(), arguments.selection.environments.as_slice());
        let ended =
            bump::before_deployment(context, (&settings, &wiring), &service, change).await?;
        if let Some(exit) = ended {
            return Ok(exit);
        }
    }
    let wanted = arguments.selection.wanted();
    if arguments.wait {
        // What runs now is not what the plan begins with: whoever holds the locks is changing it.
        queue::wait_for_locks(context, &arguments.service, &wanted).await?;
    }
    let service = arguments.service.clone();
    let planned = context.ask(MakePlan { service, wanted }).await?;
    let (shown, width) = (planned.shown_differences(), Context::width());
    if !context.is_json() && !shown.is_empty() {
        let mut page = view::difference::page(&shown, width);
        if !planned.plan.steps.is_empty() {
            page.append(view::plan::hooks(&planned.hooks_left_out, width));
        }
        context.print(&page)?;
    }
    let order = Order {
        plan: planned.plan,
        reason: arguments.reason.clone(),
        waits_for_locks: arguments.wait,
    };
    carry_out::begin(context, order).await
}
