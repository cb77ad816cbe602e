"""Blueprints of the user, of packs and of Heddle itself."""

import json

from tests.server.conftest import Client, Server

PLACES = {
    "user/default/subgraphs/mine.json": ("user", "mine", ""),
    "custom_nodes/weaver/subgraphs/theirs.json": ("custom_node", "theirs", "weaver"),
    "workflows/subgraphs/ours.json": ("templates", "ours", "heddle"),
}


async def test_blueprints_are_found_in_all_three_places(client: Client, server: Server) -> None:
    assert await client.get("/global_subgraphs") == {}
    for place in PLACES:
        path = server.base / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"nodes": [], "at": place}))
        path.with_suffix(".txt").write_text("")
        path.with_name(".hidden.json").write_text("{}")
    (server.base / "custom_nodes" / "weaver" / "__init__.py").write_text("")
    found = await client.get("/api/global_subgraphs")
    told = {(each["source"], each["name"], each["info"]["node_pack"]): key for key, each in found.items()}
    assert set(told) == set(PLACES.values())
    for place, facts in PLACES.items():
        whole = await client.get(f"/global_subgraphs/{told[facts]}")
        assert json.loads(whole.pop("data")) == {"nodes": [], "at": place}
        assert whole == found[told[facts]]


async def test_an_unknown_blueprint_is_404(client: Client) -> None:
    for wanted in ("x", "..%2Fuser", "0" * 32):
        assert await client.status("GET", f"/global_subgraphs/{wanted}") == 404


async def test_blueprints_stay_out_of_the_templates(client: Client, server: Server) -> None:
    path = server.base / "workflows" / "subgraphs" / "inner.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"nodes": []}')
    assert "inner.json" not in [item["name"] for item in await client.get("/api/workflows")]
