"""Makes every call of mvsdk 0.0.9, a client that others published, against a MediaValet on this machine.

    python calls.py URL SUBSCRIPTION_KEY CLIENT_ID CLIENT_SECRET USER PASSWORD

Writes a JSON list with the name, the status and the payload's type of each call. mvsdk insists on https and knows no
subscription key, so both are put right in the library that it sends its requests with.
"""
import json
import sys

import requests

URL, KEY, CLIENT_ID, CLIENT_SECRET, USER, PASSWORD = sys.argv[1:7]
HOST = "mediavalet.invalid"
send = requests.api.request


def through(method):
    def request(url, **options):
        headers = {name: value for name, value in options.pop("headers").items() if name != "Host"}
        headers["Ocp-Apim-Subscription-Key"] = KEY
        options.pop("verify", None)
        return send(method, url.replace(f"https://{HOST}", URL), headers=headers, **options)

    return request


requests.get, requests.post, requests.delete = map(through, ("GET", "POST", "DELETE"))

from mvsdk.rest import Client  # noqa: E402  The functions above must be in place before.
from mvsdk.rest.bulk import BulkRequest, BulkResponse  # noqa: E402

client = Client(auth_url=HOST, base_url=HOST)
results = []


def call(name, function):
    try:
        response = function()
    except Exception as error:  # A call that mvsdk itself fails at is a result as well.
        results.append({"name": name, "status": 0, "payload": repr(error)})
        return None
    try:
        payload = type(response.json()["payload"]).__name__
    except (ValueError, KeyError, TypeError):
        payload = "none"
    results.append({"name": name, "status": response.status_code, "payload": payload})
    return response


password = {"grant_type": "password", "username": USER, "password": PASSWORD, "scope": "openid api"}
identity = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
token = call("connect.auth", lambda: client.connect.auth(data=password, auth=identity)).json()["access_token"]
auth = {"auth": token}
assets = call("asset.get", lambda: client.asset.get(**auth)).json()["payload"]["assets"]
asset = {**auth, "object_id": assets[0]["id"]}
category = {**auth, "object_id": assets[0]["categories"][0]}
attribute = call("attribute.get", lambda: client.attribute.get(**auth)).json()["payload"][0]["id"]

call("asset.get (one)", lambda: client.asset.get(**asset))
for name in (
    "get_related", "get_attributes", "get_categories", "get_comments", "get_history", "get_keywords",
    "get_renditions", "get_video_intelligence_status",
):
    call(f"asset.{name}", lambda: getattr(client.asset, name)(**asset))
call("category.get_assets", lambda: client.category.get_assets(**category))
for name in ("keyword", "keyword_group", "direct_link"):
    call(f"{name}.get", lambda: getattr(client, name).get(**auth))
call("org_unit.get_current", lambda: client.org_unit.get_current(**auth))
for name in ("get_current", "get_approvers", "get_current_permissions"):
    call(f"user.{name}", lambda: getattr(client.user, name)(**auth))

# Both have the default action 'None', a string, which ends up in the path.
call("user.get_all", lambda: client.user.get_all(**auth, object_action=None))
call("user_group.get", lambda: client.user_group.get(**auth, object_action=None))
call("user.get_all (default)", lambda: client.user.get_all(**auth))
call("user_group.get (default)", lambda: client.user_group.get(**auth))

# mvsdk calls these bodies forms, whatever they are.
call("keyword.create", lambda: client.keyword.create(**auth, data=json.dumps("gamma")))
call("keyword_group.create", lambda: client.keyword_group.create(**auth, data=json.dumps({"name": "Greek"})))
call("attribute.create", lambda: client.attribute.create(**auth, data={"name": "Mood", "attributeType": "Text"}))
call("asset.create_keywords", lambda: client.asset.create_keywords(**asset, data=json.dumps(["alpha"])))
call("asset.create_keywords (later)", lambda: client.asset.create_keywords(**asset, data=json.dumps(["beta"]), sync=False))
call("asset.delete_keyword", lambda: client.asset.delete_keyword(**asset, object_action="keywords/alpha"))
values = json.dumps([{attribute: "Ada"}])
call("asset.create_attribute", lambda: client.asset.create_attribute(**asset, object_action="attributes", data=values))
call("direct_link.create", lambda: client.direct_link.create(**asset, data=json.dumps({"LinkSettings": {"LinkName": "A"}})))
call("direct_link.export", lambda: client.direct_link.export(**auth))

bulk = BulkRequest()
bulk.add_request(client.asset.create_keywords(**asset, data=json.dumps(["delta"]), bulk=True))
bulk.add_request(client.asset.get_keywords(**asset, bulk=True))
bulk.add_request(client.asset.get_keywords(**auth, object_id="none", bulk=True))
whole = bulk.get_payload()
response = call("bulk.post", lambda: client.bulk.post(**auth, data=whole["payload"], headers=whole["headers"]))
parts = BulkResponse(response).post_response
reads = BulkResponse(response).get_response
for number, (part, read) in enumerate(zip(parts, reads)):
    payload = "list" if "keywordName" in read.get("payload", "") else read.get("exception_type", "none")
    results.append({"name": f"bulk part {number}", "status": int(part["status_code"]), "payload": payload})

json.dump(results, sys.stdout)
