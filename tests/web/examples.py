"""A small OpenAPI document, of the shapes that the framework draws up."""

from typing import Any

OPENAPI: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Ouvertures", "version": "9.8.7", "description": "What was `promised`."},
    "paths": {
        "/api/v1/openings/{slug}": {
            "get": {
                "summary": "Get Opening",
                "description": "One opening.\n\nWith its `moves`.",
                "parameters": [
                    {"name": "slug", "in": "path", "required": True, "schema": {"type": "string"}},
                    {
                        "name": "as_of",
                        "in": "query",
                        "description": "A day.",
                        "schema": {"type": "string", "format": "date"},
                    },
                ],
                "responses": {
                    "200": {"description": "The opening", "content": {"application/json": {}}},
                    "422": {
                        "description": "Validation Error",
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/HTTPValidationError"}
                            }
                        },
                    },
                },
            },
            "patch": {
                "summary": "Change Opening",
                "parameters": [
                    {"name": "slug", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "requestBody": {
                    "content": {
                        "application/merge-patch+json": {
                            "schema": {"$ref": "#/components/schemas/ChangeForm"},
                        }
                    }
                },
                "responses": {"200": {"description": "Changed"}},
            },
        },
        "/api/v1/openings": {
            "parameters": [
                {
                    "name": "page",
                    "in": "query",
                    "schema": {"type": "integer", "minimum": 1, "maximum": 9, "default": 1},
                }
            ],
            "get": {
                "summary": "List Openings",
                "parameters": [
                    {
                        "name": "state",
                        "in": "query",
                        "description": "The state.",
                        "schema": {"type": "array", "items": {"enum": ["planned", "available"]}},
                    }
                ],
                "responses": {"200": {"description": "A page"}},
            },
            "post": {
                "summary": "Announce",
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"$ref": "#/components/schemas/Announcement"},
                            "example": {"title": "L'ouverture"},
                        }
                    }
                },
                "responses": {"201": {"description": "Announced"}},
            },
        },
        "/api/v1/events/{position}/judgement": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"oneOf": [{"$ref": "#/components/schemas/Judgement"}]},
                            "examples": {"one": {"value": {"standing": "disputed"}}},
                        }
                    }
                }
            }
        },
        "/actions/{slug}": {"get": {"summary": "Action"}, "head": {"summary": "Not shown"}},
    },
    "components": {
        "schemas": {
            "ChangeForm": {
                "description": "A merge-patch.",
                "required": ["state", "text", "rank"],
                "properties": {
                    "state": {"type": "string", "examples": ["available"], "description": "It."},
                    "text": {
                        "anyOf": [{"$ref": "#/components/schemas/TextForm"}, {"type": "null"}]
                    },
                    "rank": {"type": "integer"},
                    "keywords": {"type": "array", "items": {"type": "string", "maxLength": 200}},
                    "kind": {"const": "file"},
                    "anything": {},
                },
            },
            "TextForm": {
                "properties": {"title": {"type": "string"}, "nor": {"type": "string"}},
                "type": "object",
            },
            "Announcement": {"properties": {"title": {"type": "string"}}},
            "Judgement": {"properties": {"standing": {"enum": ["accepted", "disputed"]}}},
            "Empty": {"type": "object"},
            "HTTPValidationError": {"properties": {"detail": {"type": "array"}}},
        }
    },
}
