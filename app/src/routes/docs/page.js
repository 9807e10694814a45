// Shows the contract at /openapi.json and sends what is typed to the service that this page came from.
// Text is only ever set as text, so nothing of a contract or an answer is run.
"use strict";

const page = document.getElementById("contract");

/** Returns an element with attributes and children; strings become text. */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Returns a description as nodes: paragraphs, and what stands in backticks as code. */
function prose(text) {
  return (text ?? "").split(/\n\s*\n/).filter(Boolean).map((paragraph) => element("p", {}, ...words(paragraph)));
}

function words(text) {
  return text.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));
}

function pretty(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** Follows a reference within the contract; what stands beside the reference wins. */
function resolved(contract, schema) {
  if (!schema?.$ref) return schema ?? {};
  const target = schema.$ref.slice(2).split("/").reduce((at, key) => at?.[key], contract);
  const { $ref, ...beside } = schema;
  return { ...resolved(contract, target), ...beside };
}

/** Returns the examples of a media type, by name. */
function examples(content) {
  if (content.examples) return Object.entries(content.examples).map(([name, example]) => [name, example.value]);
  return content.example === undefined ? [] : [["example", content.example]];
}

/** Says in a line what a schema takes. */
function limits(schema) {
  const types = [schema.type ?? []].flat();
  const said = [types.join(" or "), schema.format];
  if (schema.enum) said.push(`one of ${schema.enum.map((value) => JSON.stringify(value)).join(", ")}`);
  if (schema.minimum !== undefined) said.push(`from ${schema.minimum}`);
  if (schema.maximum !== undefined) said.push(`to ${schema.maximum}`);
  if (schema.exclusiveMaximum !== undefined) said.push(`less than ${schema.exclusiveMaximum}`);
  if (schema.minItems !== undefined) said.push(`${schema.minItems} or more items`);
  if (schema.maxItems !== undefined) said.push(`${schema.maxItems} items at most`);
  if (schema.maxLength !== undefined) said.push(`${schema.maxLength} characters at most`);
  if (schema.pattern) said.push(schema.pattern);
  if (schema.default !== undefined) said.push(`default ${JSON.stringify(schema.default)}`);
  return said.filter(Boolean).join("; ");
}

/** Returns the fields of an object as a table, and what they hold below it; `above` are the names on the way. */
function shape(contract, schema, above = []) {
  const name = schema?.$ref;
  if (name && above.includes(name)) return [];
  const path = [...above, name];
  const { oneOf, items, properties, required, description } = resolved(contract, schema);
  if (oneOf) return oneOf.flatMap((choice) => shape(contract, choice, path));
  if (items) return shape(contract, items, path);
  if (!properties) return [];
  const title = name ? [element("h3", {}, name.split("/").pop())] : [];
  const rows = Object.entries(properties).map(([field, of]) => {
    const whole = resolved(contract, of);
    const needed = required?.includes(field) ? "required" : "";
    const meaning = element("td", {}, ...words(whole.description ?? ""));
    return element("tr", {}, element("td", {}, element("code", {}, field)), element("td", {}, needed),
      element("td", {}, limits(whole)), meaning);
  });
  const below = Object.values(properties).flatMap((of) => shape(contract, of, path));
  return [...title, ...prose(description), element("table", {}, ...rows), ...below];
}

/** Returns the answers an operation can give, each folded. */
function answers(contract, responses) {
  return Object.entries(responses).map(([status, response]) => {
    const headers = Object.entries(response.headers ?? {}).map(([name, header]) =>
      element("tr", {}, element("td", {}, element("code", {}, name)), element("td", {}, ...words(header.description ?? ""))));
    const bodies = Object.values(response.content ?? {}).flatMap((content) => [
      ...examples(content).flatMap(([name, value]) => [element("h3", {}, name), element("pre", {}, pretty(value))]),
      element("details", {}, element("summary", {}, "Schema"), ...shape(contract, content.schema)),
    ]);
    const kind = status < "400" ? "good" : "bad";
    return element("details", {}, element("summary", {}, element("span", { class: kind }, status), " ",
      ...words(response.description)), element("table", {}, ...headers), ...bodies);
  });
}

/** Returns the part of the page in which an operation is tried. */
function trial(method, path, content) {
  const choices = content ? examples(content) : [];
  const id = `${method} ${path}`;
  const body = element("textarea", { id: `${id} body`, rows: "12", spellcheck: "false" });
  const choice = element("select", { id: `${id} example` }, ...choices.map(([name]) => element("option", {}, name)));
  const fill = () => { body.value = pretty(choices[choice.selectedIndex]?.[1] ?? ""); };
  choice.addEventListener("change", fill);
  fill();
  const send = element("button", { type: "button" }, "Send");
  const told = element("span", { role: "status" });
  const answer = element("div", {});
  send.addEventListener("click", async () => {
    send.disabled = true;
    answer.replaceChildren();
    told.textContent = "…";
    try {
      const request = content ? { method, body: body.value, headers: { "content-type": "application/json" } } : { method };
      const start = performance.now();
      const response = await fetch(path, request);
      const text = await response.text();
      const took = performance.now() - start;
      told.className = response.ok ? "good" : "bad";
      told.textContent = `${response.status} ${response.statusText} in ${took.toFixed(1)} ms`;
      const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
      answer.append(element("pre", {}, headers), element("pre", {}, readable(text)));
    } catch (error) {
      told.className = "bad";
      told.textContent = `no answer: ${error.message}`;
    }
    send.disabled = false;
  });
  const form = content
    ? [element("label", { for: choice.id }, "Example"), choice, element("label", { for: body.id }, "Body"), body]
    : [];
  return [...form, element("div", { class: "send" }, send, told), answer];
}

/** Returns JSON indented, and anything else as it is. */
function readable(text) {
  try {
    return pretty(JSON.parse(text));
  } catch {
    return text;
  }
}

function operation(contract, path, method, described) {
  const content = described.requestBody?.content["application/json"];
  const takes = content
    ? [element("details", {}, element("summary", {}, "What the body holds"), ...shape(contract, content.schema))]
    : [];
  return element("section", {},
    element("h2", {}, element("span", { class: "method" }, method.toUpperCase()), " ", element("code", {}, path)),
    ...prose(described.summary), ...prose(described.description),
    element("h3", {}, "Try it"), ...trial(method.toUpperCase(), path, content), ...takes,
    element("h3", {}, "Answers"), ...answers(contract, described.responses));
}

async function show() {
  try {
    const response = await fetch("/openapi.json");
    if (!response.ok) throw new Error(`/openapi.json is answered with ${response.status}`);
    const contract = await response.json();
    document.title = contract.info.title;
    const operations = Object.entries(contract.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, described]) => operation(contract, path, method, described)));
    page.replaceChildren(
      element("h1", {}, contract.info.title),
      element("p", {}, `Version ${contract.info.version}, `, element("a", { href: "/openapi.json" }, "OpenAPI ", contract.openapi)),
      ...prose(contract.info.description), ...operations);
  } catch (error) {
    page.replaceChildren(element("p", { class: "bad" }, `The contract cannot be shown: ${error.message}`));
  }
  page.setAttribute("aria-busy", "false");
}

show();
