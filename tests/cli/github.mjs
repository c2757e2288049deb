// As much of GitHub as comments take: the comments of one pull request, in pages of 30, over TLS.
//   node github.mjs CERTIFICATE KEY LOG
// Says its port, and writes what is asked of it to the log, a line of JSON each.

import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:https";

const [cert, key, log] = process.argv.slice(2);
const base = "/api/v3/repos/acme/shop/issues";
const mark = "<!-- dashwright diff -->";
// People may quote the comment, and other programs comment too.
const comments = Array.from({ length: 40 }, (_, at) => ({ id: at + 1, user: { type: at % 2 ? "Bot" : "User" }, body: at % 2 ? `Deployed ${at}` : `${mark}\nwhat I think` }));

createServer({ cert: readFileSync(cert), key: readFileSync(key) }, async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  const { pathname, searchParams } = new URL(request.url, `https://${request.headers.host}`);
  const said = body ? JSON.parse(body) : {};
  appendFileSync(log, `${JSON.stringify({ method: request.method, path: pathname, token: request.headers.authorization, body: said.body })}\n`);
  const answer = (status, value, headers = {}) => {
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(JSON.stringify(value));
  };
  const one = comments.find(({ id }) => pathname === `${base}/comments/${id}`);
  if (pathname === `${base}/7/comments` && request.method === "GET") {
    const page = Number(searchParams.get("page") ?? 1);
    const more = page * 30 < comments.length;
    const next = `<https://${request.headers.host}${pathname}?page=${page + 1}>; rel="next"`;
    answer(200, comments.slice((page - 1) * 30, page * 30), more ? { Link: next } : {});
  } else if (pathname === `${base}/7/comments` && request.method === "POST") {
    comments.push({ id: comments.length + 1, user: { type: "Bot" }, body: said.body });
    answer(201, comments.at(-1));
  } else if (one && request.method === "PATCH") {
    one.body = said.body;
    answer(200, one);
  } else {
    answer(404, { message: "Not Found" });
  }
}).listen(0, "127.0.0.1", function listening() {
  console.log(this.address().port);
});
