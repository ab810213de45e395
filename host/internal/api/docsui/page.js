"use strict";
// The document is read from this host, and calls go to it, whatever address the document names.
fetch("/openapi.json").then((response) => response.json()).then((spec) => {
  spec.servers = [{ url: location.origin }];
  window.ui = SwaggerUIBundle({
    spec,
    dom_id: "#swagger-ui",
    deepLinking: true,
    validatorUrl: null, // it would ask another host
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    defaultModelRendering: "model",
    tryItOutEnabled: true,
  });
});
