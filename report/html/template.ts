import { darkestShade } from './style';

/**
 * The page, for eta: `<%= %>` escapes, `<%~ %>` does not and stands only before what report/ itself drew or wrote
 * (figures, the style). `it` is the PageView of page.ts. No script runs, nothing is fetched, and the policy says so.
 */
export const pageTemplate = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="durable-byol <%= it.version %>">
<title><%= it.experiment %> on <%= it.data %>: <%= it.question %></title>
<style><%~ it.style %></style>
</head>
<body>
<main>
<header>
<p class="kicker">durable-byol report, experiment <%= it.experiment %>, data <%= it.data %></p>
<h1><%= it.question %></h1>
</header>
<section class="answer" aria-label="The answer">
<div<% if (!it.valid) { %> class="alarm" role="note"<% } %>>
<p class="headline"><%= it.lead %><% if (it.figures) { %> <span class="in-figures"><%= it.figures %></span><% } %></p>
<% if (it.rest) { %><p><%= it.rest %></p><% } %>
<% if (it.sentences.length) { %>
<ul class="findings"><% it.sentences.forEach((sentence) => { %><li><%= sentence %></li><% }) %></ul>
<% } %>
</div>
<div>
<% if (it.hero) { %><%~ it.figure(it.hero) %><% } %>
</div>
</section>
<% if (it.findings.length) { %>
<section aria-label="To keep in mind">
<p class="note">Keep in mind:</p>
<ul class="findings note"><% it.findings.forEach((finding) => { %><li><%= finding %></li><% }) %></ul>
</section>
<% } %>
<% if (it.description) { %><p class="note"><%= it.description %></p><% } %>

<% it.sections.forEach((each) => { %><%~ it.section(each) %>
<% }) %>
</main>
</body>
</html>
`;

/** A section, block by block. */
export const sectionTemplate = `<section><h2><%= it.title %></h2>
<% it.blocks.forEach((block) => { %><% if (block.paragraphs) { %><% block.paragraphs.forEach((text) => { %><p><%= text %></p>
<% }) %><% } else if (block.notes) { %><% block.notes.forEach((text) => { %><p class="note"><%= text %></p>
<% }) %><% } else if (block.list) { %><ul class="findings"><% block.list.forEach((text) => { %><li><%= text %></li><% }) %></ul>
<% } else if (block.words) { %><dl class="words"><% block.words.forEach(([word, meaning]) => { %><dt><%= word %></dt><dd><%= meaning %></dd><% }) %></dl>
<% } else if (block.code !== undefined) { %><pre tabindex="0" role="region" aria-label="<%= block.label %>"><%= block.code %></pre>
<% } else if (block.figures) { %><div class="figures<%= block.wide ? ' in-pairs' : '' %>"><% block.figures.forEach((each) => { %><%~ it.figure(each) %><% }) %></div>
<% } else if (block.tables) { %><div<% if (block.tables.length > 1) { %> class="figures in-pairs"<% } %>><% block.tables.forEach((each) => { %><%~ it.table(each) %><% }) %></div>
<% } else if (block.pictures) { %><% block.pictures.forEach((row) => { %><div class="picture-row"><p class="caption"><%= row.caption %></p><div class="pictures"><% row.images.forEach((image) => { %><figure class="picture"><img src="<%= image.source %>" alt="<%= image.label %>"><figcaption><%= image.label %></figcaption></figure><% }) %></div></div>
<% }) %><% } else if (block.samples) { %><div class="samples"><% block.samples.forEach((sample, i) => { %>
<div class="sample"><div class="original"><img src="<%= sample.original %>" alt="sample <%= i + 1 %>, as it is"></div>
<div class="views"><% sample.views.forEach(([first, second], j) => { %><div class="pair"><img src="<%= first %>" alt="sample <%= i + 1 %>, pair <%= j + 1 %>, first view"><img src="<%= second %>" alt="sample <%= i + 1 %>, pair <%= j + 1 %>, second view"></div><% }) %></div></div>
<% }) %></div>
<% } %><% }) %></section>`;

/** A figure with its caption; the drawing's content is read as one image with a description. */
export const figureTemplate = `<figure id="<%= it.id %>"><figcaption><%= it.title %></figcaption><div role="img" aria-label="<%= it.title %>. <%= it.description %>"><%~ it.svg %></div></figure>`;

/** A table that scrolls sideways, by keyboard too, where it is wider than the page. */
export const tableTemplate = `<% if (it.rows.length) { %><div class="table"><p class="caption" aria-hidden="true"><%= it.caption %></p><div class="scroll" role="region" tabindex="0" aria-label="<%= it.caption %>"><table>
<thead><tr><% it.head.forEach((head, i) => { %><th scope="col"<% if (it.numbers.includes(i)) { %> class="number"<% } %>><%= head %></th><% }) %></tr></thead>
<tbody><% it.rows.forEach((row) => { %><tr<% if (row.total) { %> class="total"<% } %>><% row.cells.forEach((cell, i) => { %><<%= i === 0 ? 'th scope=row' : 'td' %> class="<%= it.numbers.includes(i) ? 'number' : cell.length > 30 ? 'long' : 'short' %><%= row.chosen === i ? ' chosen' : '' %>"<% if (row.shades && row.shades[i] > 0) { %> style="background: color-mix(in srgb, var(--fine-tuned) <%= Math.round(row.shades[i] * ${100 * darkestShade}) %>%, transparent)"<% } %>><%= cell %></<%= i === 0 ? 'th' : 'td' %>><% }) %></tr>
<% }) %></tbody></table></div></div><% } %>`;
