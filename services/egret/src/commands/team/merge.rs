use anyhow::Result;
use clap::Subcommand;
use egret_proto::v1::{
    AcceptMergeRequest, ListMergeProposalsRequest, MergeTeamsRequest, ProposeMergeRequest,
    WithdrawMergeRequest,
};

use crate::{Exit, cli::Context, names::TeamName, view};

/// `egret team merge …`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "One captain proposes that their team become part of another one, whose captain accepts: members, \
submissions, quotas and ledgers become that team's. Teams merge until the competition's merge deadline, and only if what \
both have used and learnt is no more than one team may.\n\nExample:\n  egret team merge propose my-contest/gulls --into \
my-contest/egrets\n  egret team merge accept my-contest/egrets --team my-contest/gulls"
)]
pub(crate) enum Verb {
    /// Proposes that your team become part of another one
    Propose(IntoArgs),
    /// Takes your team's proposal back
    Withdraw(TeamArgs),
    /// Lists proposals that a team has made or may answer
    List(TeamArgs),
    /// Accepts the proposal of a team to become part of yours
    Accept(FromArgs),
    /// Makes one team part of another, without asking them (organizers)
    Force(FromArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct TeamArgs {
    /// The team
    #[arg(value_name = "COMPETITION/TEAM")]
    team: TeamName,
}

#[derive(Debug, clap::Args)]
pub(crate) struct IntoArgs {
    /// The team that would be gone
    #[arg(value_name = "COMPETITION/TEAM")]
    team: TeamName,
    /// The team that would have its members
    #[arg(long, value_name = "COMPETITION/TEAM")]
    into: TeamName,
}

#[derive(Debug, clap::Args)]
pub(crate) struct FromArgs {
    /// The team that stays
    #[arg(value_name = "COMPETITION/TEAM")]
    into: TeamName,
    /// The team that becomes part of it
    #[arg(long, value_name = "COMPETITION/TEAM")]
    team: TeamName,
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let merged = match verb {
        Verb::Propose(args) => {
            let (name, into) = (args.team.full().to_owned(), args.into.full().to_owned());
            let proposal = client.propose_merge(ProposeMergeRequest { name, into }).await?;
            context.output.message("MergeProposal", &proposal, || {
                let (team, into) = (TeamName::short(&proposal.team), TeamName::short(&proposal.into));
                format!("Next, by the captain of {into}: egret team merge accept {into} --team {team}\n")
            })?;
            return Ok(Exit::Ok);
        }
        Verb::Withdraw(args) => {
            let request = WithdrawMergeRequest { name: args.team.full().to_owned() };
            let withdrawn = client.withdraw_merge(request).await?;
            let text = || "The proposal is taken back.\n".to_owned();
            context.output.message("WithdrawMergeResponse", &withdrawn, text)?;
            return Ok(Exit::Ok);
        }
        Verb::List(args) => {
            let request = ListMergeProposalsRequest { parent: args.team.full().to_owned() };
            let proposals = client.list_merge_proposals(request).await?.proposals;
            context.output.messages("MergeProposal", &proposals, || view::team::proposals(&proposals))?;
            return Ok(Exit::Ok);
        }
        Verb::Accept(args) => {
            let (name, team) = (args.into.full().to_owned(), args.team.full().to_owned());
            client.accept_merge(AcceptMergeRequest { name, team }).await?
        }
        Verb::Force(args) => {
            let (name, team) = (args.into.full().to_owned(), args.team.full().to_owned());
            client.merge_teams(MergeTeamsRequest { name, team }).await?
        }
    };
    context.output.message("Team", &merged, || view::team::show(&merged))?;
    Ok(Exit::Ok)
}
