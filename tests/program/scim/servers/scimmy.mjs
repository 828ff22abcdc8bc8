// SCIMMY with a store in memory: what its own documentation shows, and no more.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const users = new Map();
const names = new Map();
const clone = (user) => structuredClone(user);
const missing = (id) => new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);

SCIMMY.Resources.declare(SCIMMY.Resources.User)
    .ingress((resource, data) => {
        const known = resource.id && users.get(resource.id);
        if (resource.id && !known) throw missing(resource.id);
        const name = data.userName.toLowerCase();
        if (names.has(name) && names.get(name) !== resource.id) throw new SCIMMY.Types.Error(409, "uniqueness", "userName is taken");
        const now = new Date().toISOString();
        const user = {
            ...JSON.parse(JSON.stringify(data)),
            id: resource.id ?? randomUUID(),
            meta: { created: known?.meta?.created ?? now, lastModified: now },
        };
        if (known) names.delete(known.userName.toLowerCase());
        names.set(name, user.id);
        users.set(user.id, user);
        return clone(user);
    })
    .egress((resource) => {
        if (resource.id) {
            if (!users.has(resource.id)) throw missing(resource.id);
            return clone(users.get(resource.id));
        }
        const all = [...users.values()].map(clone);
        return resource.filter ? resource.filter.match(all) : all;
    })
    .degress((resource) => {
        if (!users.delete(resource.id)) throw missing(resource.id);
    });

const app = express();
app.use("/scim/v2", new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
        if (request.header("Authorization") !== `Bearer ${process.env.TOKEN}`) throw new Error("no token");
        return "portvakt";
    },
}));
const listener = app.listen(Number(process.argv[2]), "127.0.0.1", () => console.log(listener.address().port));
