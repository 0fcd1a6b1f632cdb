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
<title><%= it.experiment %>: <%= it.question %></title>
<style><%~ it.style %></style>
</head>
<body>
<main>
<header>
<p class="kicker">durable-byol report, experiment <%= it.experiment %>, images <%= it.kind %></p>
<h1><%= it.question %></h1>
</header>
<section class="answer" aria-label="The answer">
<div<% if (!it.valid) { %> class="alarm" role="note"<% } %>>
<p class="headline"><%= it.lead %></p>
<% if (it.rest) { %><p><%= it.rest %></p><% } %>
<% if (it.sentences.length <= 3) { %>
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

<h2><%= it.valid ? 'The comparison on the test split' : 'Figures, not to be read as a comparison' %></h2>
<% if (it.sentences.length > 3) { %>
<ul class="findings"><% it.sentences.forEach((sentence) => { %><li><%= sentence %></li><% }) %></ul>
<% } %>
<%~ it.table(it.summary) %>
<div class="figures"><% it.comparisonFigures.forEach((each) => { %><%~ it.figure(each) %><% }) %></div>
<div class="figures in-pairs"><% it.seedTables.forEach((each) => { %><%~ it.table(each) %><% }) %></div>

<%~ it.sections(it.labelWorth) %>
<%~ it.sections(it.certainty) %>
<%~ it.sections(it.classification) %>
<%~ it.sections(it.images) %>

<h2>What was compared, and how it was chosen</h2>
<% it.method.forEach((paragraph) => { %><p><%= paragraph %></p><% }) %>
<h3>Words</h3>
<dl class="words"><% it.glossary.forEach(([word, meaning]) => { %><dt><%= word %></dt><dd><%= meaning %></dd><% }) %></dl>

<h2>Pretraining</h2>
<div class="figures"><% it.pretrainingFigures.forEach((each) => { %><%~ it.figure(each) %><% }) %></div>
<%~ it.table(it.pretraining) %>

<%~ it.sections(it.encoder) %>

<h2>The search, on the validation split</h2>
<div class="figures"><% it.searchFigures.forEach((each) => { %><%~ it.figure(each) %><% }) %></div>
<%~ it.table(it.search) %>
<% if (it.classifierFigures.length) { %>
<h2>Learning curves of the chosen classifiers</h2>
<div class="figures in-pairs"><% it.classifierFigures.forEach((each) => { %><%~ it.figure(each) %><% }) %></div>
<% } %>
<% if (it.samples.length) { %>
<h2>What the network saw: augmented views of real samples</h2>
<p class="note">Large: the image as it is. Beside it: pairs of views as pretraining draws them; from one of a pair the network predicts the other. If the views no longer show what tells the classes apart, weaken pretraining.views.</p>
<div class="samples"><% it.samples.forEach((sample, i) => { %>
<div class="sample"><div class="original"><img src="<%= sample.original %>" alt="sample <%= i + 1 %>, as it is"></div>
<div class="views"><% sample.views.forEach(([first, second], j) => { %><div class="pair"><img src="<%= first %>" alt="sample <%= i + 1 %>, pair <%= j + 1 %>, first view"><img src="<%= second %>" alt="sample <%= i + 1 %>, pair <%= j + 1 %>, second view"></div><% }) %></div></div>
<% }) %></div>
<% } %>

<h2>Settings</h2>
<p class="note">The whole spec as the run used it, defaults filled in.</p>
<pre tabindex="0" aria-label="The spec"><%= it.settings %></pre>

<h2>Where the numbers come from</h2>
<p>Run it again:</p>
<pre tabindex="0" aria-label="The command"><%= it.command %></pre>
<%~ it.table(it.provenance) %>
<%~ it.table(it.times) %>
</main>
</body>
</html>
`;

/** A section: what it says, its tables, figures and pictures. */
export const sectionTemplate = `<h2><%= it.title %></h2>
<% it.notes.forEach((note) => { %><p class="note"><%= note %></p><% }) %>
<% if (it.figures.length) { %><div class="figures"><% it.figures.forEach((each) => { %><%~ it.figure(each) %><% }) %></div><% } %>
<div<% if (it.tables.length > 1) { %> class="figures in-pairs"<% } %>><% it.tables.forEach((each) => { %><%~ it.table(each) %><% }) %></div>
<% it.pictures.forEach((row) => { %><div class="picture-row"><p class="caption"><%= row.caption %></p><div class="pictures"><% row.images.forEach((image) => { %><figure class="picture"><img src="<%= image.source %>" alt="<%= image.label %>"><figcaption><%= image.label %></figcaption></figure><% }) %></div></div><% }) %>`;

/** A figure with its caption; the drawing's content is read as one image with a description. */
export const figureTemplate = `<figure id="<%= it.id %>"><figcaption><%= it.title %></figcaption><div role="img" aria-label="<%= it.title %>. <%= it.description %>"><%~ it.svg %></div></figure>`;

/** A table that scrolls sideways, by keyboard too, where it is wider than the page. */
export const tableTemplate = `<% if (it.rows.length) { %><div class="table"><p class="caption" aria-hidden="true"><%= it.caption %></p><div class="scroll" role="region" tabindex="0" aria-label="<%= it.caption %>"><table>
<thead><tr><% it.head.forEach((head, i) => { %><th scope="col"<% if (it.numbers.includes(i)) { %> class="number"<% } %>><%= head %></th><% }) %></tr></thead>
<tbody><% it.rows.forEach((row) => { %><tr<% if (row.total) { %> class="total"<% } %>><% row.cells.forEach((cell, i) => { %><<%= i === 0 ? 'th scope=row' : 'td' %> class="<%= it.numbers.includes(i) ? 'number' : cell.length > 30 ? 'long' : 'short' %><%= row.chosen === i ? ' chosen' : '' %>"<% if (row.shades && row.shades[i] > 0) { %> style="background: color-mix(in srgb, var(--fine-tuned) <%= Math.round(row.shades[i] * 55) %>%, transparent)"<% } %>><%= cell %></<%= i === 0 ? 'th' : 'td' %>><% }) %></tr>
<% }) %></tbody></table></div></div><% } %>`;
