"""A client we did not write: plain grpcio and stubs generated from the protos alone, from a team's founding to its rank.

usage: story.py PROTO_DIR SERVER COMPETITION TASK MODEL
The organizer's token comes in EGRET_TOKEN. Prints one JSON object; any broken promise of the API ends it with an error.
"""

import hashlib
import json
import os
import pathlib
import sys
import tempfile
import uuid

import grpc
import grpc_tools
from google.rpc import error_details_pb2, status_pb2
from grpc_tools import protoc

CHUNK = 1 << 20


def stubs(protos: pathlib.Path):
    """Compiles the public protos into a temporary package."""
    out = tempfile.mkdtemp(prefix="egret-stubs-")
    files = sorted(str(p.relative_to(protos)) for p in (protos / "egret/v1").glob("*.proto"))
    google = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    if protoc.main(["protoc", f"-I{protos}", f"-I{google}", f"--python_out={out}", f"--grpc_python_out={out}", *files]) != 0:
        sys.exit("the protos do not compile")
    sys.path.insert(0, out)


def details(error: grpc.RpcError) -> list:
    """The google.rpc details of an error."""
    trailers = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    kinds = [error_details_pb2.ErrorInfo, error_details_pb2.BadRequest, error_details_pb2.QuotaFailure]
    found = []
    for packed in status.details:
        for kind in kinds:
            if packed.Is(kind.DESCRIPTOR):
                message = kind()
                packed.Unpack(message)
                found.append(message)
    return found


def reason(error: grpc.RpcError) -> str:
    return next(d.reason for d in details(error) if isinstance(d, error_details_pb2.ErrorInfo))


def expect_refusal(call, code: grpc.StatusCode) -> str:
    """Makes a call that must fail with `code`; returns its machine-readable reason."""
    try:
        call()
    except grpc.RpcError as error:
        assert error.code() == code, f"{error.code()}: {error.details()}"
        return reason(error)
    raise AssertionError(f"expected {code}")


def main(protos: str, server: str, competition: str, task: str, model_path: str) -> None:
    stubs(pathlib.Path(protos))
    from egret.v1 import (
        identity_pb2,
        identity_pb2_grpc,
        leaderboard_pb2,
        leaderboard_pb2_grpc,
        submission_pb2,
        submission_pb2_grpc,
        task_pb2,
        task_pb2_grpc,
        team_pb2,
        team_pb2_grpc,
        upload_pb2,
        upload_pb2_grpc,
    )

    channel = grpc.insecure_channel(server)
    organizer = [("authorization", f"Bearer {os.environ['EGRET_TOKEN']}")]
    teams = team_pb2_grpc.TeamServiceStub(channel)
    uploads = upload_pb2_grpc.UploadServiceStub(channel)
    submissions = submission_pb2_grpc.SubmissionServiceStub(channel)
    boards = leaderboard_pb2_grpc.LeaderboardServiceStub(channel)

    spectator = identity_pb2_grpc.IdentityServiceStub(channel).WhoAmI(identity_pb2.WhoAmIRequest())
    assert spectator.role == identity_pb2.SPECTATOR

    team = teams.CreateTeam(
        team_pb2.CreateTeamRequest(
            parent=competition, team_id="pythonistas", team=team_pb2.Team(title="蟒蛇队 Pythonistas"), request_id=str(uuid.uuid4())
        ),
        metadata=organizer,
    )
    invite = teams.CreateInvite(team_pb2.CreateInviteRequest(parent=team.name), metadata=organizer)
    joined = teams.JoinTeam(team_pb2.JoinTeamRequest(code=invite.code, display_name="Guido"))
    member = [("authorization", f"Bearer {joined.token_secret}")]
    used_twice = expect_refusal(
        lambda: teams.JoinTeam(team_pb2.JoinTeamRequest(code=invite.code, display_name="Mallory")),
        grpc.StatusCode.FAILED_PRECONDITION,
    )

    contract = task_pb2_grpc.TaskServiceStub(channel).GetTask(task_pb2.GetTaskRequest(name=task))
    model = pathlib.Path(model_path).read_bytes()
    digest = hashlib.sha256(model).hexdigest()
    wanted = upload_pb2.Upload(size_bytes=len(model), sha256=digest, purpose=upload_pb2.Upload.MODEL, parent=team.name)
    request = upload_pb2.CreateUploadRequest(upload=wanted, request_id=str(uuid.uuid4()))
    anonymous = expect_refusal(lambda: uploads.CreateUpload(request), grpc.StatusCode.UNAUTHENTICATED)
    upload = uploads.CreateUpload(request, metadata=member)
    assert uploads.CreateUpload(request, metadata=member).name == upload.name, "request_id must make retries safe"
    if upload.state != upload_pb2.Upload.COMPLETE:

        def chunks():
            yield upload_pb2.WriteUploadRequest(name=upload.name, offset=upload.committed_bytes)
            for start in range(upload.committed_bytes, len(model), CHUNK):
                yield upload_pb2.WriteUploadRequest(data=model[start : start + CHUNK])

        upload = uploads.WriteUpload(chunks(), metadata=member)
    assert upload.state == upload_pb2.Upload.COMPLETE

    creation = submission_pb2.CreateSubmissionRequest(
        parent=task, team=team.name, upload=upload.name, note="from Python", request_id=str(uuid.uuid4())
    )
    submission = submissions.CreateSubmission(creation, metadata=member)
    assert submissions.CreateSubmission(creation, metadata=member).name == submission.name
    states = []
    for submission in submissions.WatchSubmission(
        submission_pb2.WatchSubmissionRequest(name=submission.name), metadata=member, timeout=120
    ):
        state = submission_pb2.Submission.State.Name(submission.state)
        if state not in states:
            states.append(state)
    board = boards.GetLeaderboard(
        leaderboard_pb2.GetLeaderboardRequest(name=f"{task}/phases/{submission.phase}/leaderboard")
    )
    entry = next(e for e in board.entries if e.team == team.name)
    hidden = expect_refusal(
        lambda: submissions.GetSubmission(submission_pb2.GetSubmissionRequest(name=submission.name)),
        grpc.StatusCode.UNAUTHENTICATED,
    )
    print(
        json.dumps(
            {
                "classes": contract.answer.classes.class_count,
                "states": states,
                "check": {m.id: m.value for m in submission.check.metrics},
                "adapter": submission.check.adapter_summary,
                "released": {m.id: m.value for m in submission.release.metrics},
                "board": {m.id: m.value for m in entry.metrics},
                "rank": entry.rank,
                "refusals": {"invite": used_twice, "upload": anonymous, "submission": hidden},
            }
        )
    )


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])
