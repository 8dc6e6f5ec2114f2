SwaggerUIBundle({
  url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, docExpansion: "none", validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis]
});
